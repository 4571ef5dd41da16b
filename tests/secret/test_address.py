"""Addresses and paths are shown without what is private in them."""

import pytest

from nbtrack.secret.address import clean_url, without_home

SECRET = "x8Yq0pLz" * 3


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://me:{}@example.org/a.git", "https://example.org/a.git"),
        ("https://{}@example.org/a.git?token={}#x", "https://example.org/a.git"),
        ("https://me:{}#1@example.org/a.git", "https://"),
        ("https://me:{}/1@example.org/a.git", "https://"),
        ("ssh://git@example.org:22/a.git", "ssh://git@example.org:22/a.git"),
        ("git@example.org:a/b.git", "git@example.org:a/b.git"),
        ("{}@example.org:a/b.git", "example.org:a/b.git"),
        ("git+https://{}@example.org/a.git@main", "git+https://example.org/a.git@main"),
        ("https://conda.example.org/t/{}/main", "https://conda.example.org/t/[redacted:url]/main"),
        ("https://[::1]:80/x", "https://[::1]:80/x"),
        ("/srv/git/a.git", "/srv/git/a.git"),
        ("", ""),
    ],
)
def test_a_clean_address_holds_no_credentials(url: str, expected: str) -> None:
    assert clean_url(url.replace("{}", SECRET)) == expected


def test_the_home_folder_is_written_as_a_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    assert without_home("/home/someone/x:/home/someone2 file:///home/someone") == "~/x:/home/someone2 file://~"
    monkeypatch.setenv("HOME", "/")
    assert without_home("/a/b") == "/a/b"
