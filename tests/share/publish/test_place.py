"""A file published to a folder or behind an address: whole or not at all, as HTML, and at an address that opens."""

from pathlib import Path
from typing import Any

import fsspec
import pytest

from nbtrack.errors import RemoteError, UsageError
from nbtrack.share.address import address_of
from nbtrack.share.publish import place
from nbtrack.share.publish.place import publish_to
from nbtrack.share.publish.web import opened_at


class Recording:
    """A file system that remembers what it was asked."""

    def __init__(self, **about: Any) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.files: dict[str, bytes] = {}
        vars(self).update(about)

    def _strip_protocol(self, path: str) -> str:
        return path.partition("://")[2]

    def makedirs(self, path: str, *, exist_ok: bool) -> None:
        assert exist_ok

    def pipe_file(self, path: str, content: bytes, **options: Any) -> None:
        self.asked.append((path, options))
        self.files[path] = content

    def mv(self, old: str, new: str) -> None:
        self.files[new] = self.files.pop(old)

    def rm_file(self, path: str) -> None:
        del self.files[path]

    def info(self, path: str) -> dict[str, Any]:
        return {"size": len(self.files[path])}


def test_a_folder_gets_a_whole_file_under_its_name_or_the_one_given(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    done = publish_to(b"<p>", "r.html", str(tmp_path / "site"))
    assert (tmp_path / "site" / "r.html").read_bytes() == b"<p>"
    assert done.address == (tmp_path / "site" / "r.html").as_uri()
    publish_to(b"<p>2", "r.html", tmp_path / "site" / "other.html")
    assert sorted(path.name for path in (tmp_path / "site").iterdir()) == ["other.html", "r.html"]
    assert (tmp_path / "site" / "r.html").stat().st_mode & 0o777 == 0o644


def test_a_folder_that_is_not_there_and_a_link_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="make it first"):
        publish_to(b"<p>", "r.html", f"{tmp_path}/nowhere/")
    (tmp_path / "r.html").symlink_to("elsewhere.html")
    with pytest.raises(UsageError, match="no plain file"):
        publish_to(b"<p>", "r.html", tmp_path)


def test_an_interrupted_write_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_to(b"first", "r.html", tmp_path)

    def full(_: int) -> None:
        raise OSError(28, "no space")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no room is left on its disk; the one that was there is untouched"):
        publish_to(b"second", "r.html", tmp_path)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("r.html", b"first")]


def test_memory_is_a_place_like_any_other() -> None:
    done = publish_to(b"<p>", "r.html", "memory://reports/2026")
    assert fsspec.filesystem("memory").cat_file("/reports/2026/r.html") == b"<p>"
    assert done.address == "memory:///reports/2026/r.html"


@pytest.mark.parametrize(
    ("target", "options"),
    [
        ("s3://bucket/x/", {"ContentType": "text/html; charset=utf-8"}),
        ("gs://bucket/x/", {"content_type": "text/html; charset=utf-8"}),
    ],
)
def test_stores_of_objects_are_told_that_it_is_a_page(monkeypatch, target: str, options: dict[str, str]) -> None:
    files = Recording()
    monkeypatch.setattr(place, "file_system", lambda _: files)
    publish_to(b"<p>", "r.html", target)
    assert files.asked == [("bucket/x/r.html", options)]


def test_where_readers_could_see_half_a_file_it_is_renamed_into_place(monkeypatch) -> None:
    files = Recording()
    monkeypatch.setattr(place, "file_system", lambda _: files)
    publish_to(b"<p>", "r.html", "sftp://host/www/")
    assert files.asked[0][0].endswith(".part")
    assert files.files == {"host/www/r.html": b"<p>"}


def test_a_place_that_keeps_something_else_is_told(monkeypatch) -> None:
    class Short(Recording):
        def info(self, path: str) -> dict[str, Any]:
            return {"size": 1}

    monkeypatch.setattr(place, "file_system", lambda _: Short())
    with pytest.raises(RemoteError, match="not what was sent"):
        publish_to(b"<p>", "r.html", "s3://bucket/x/")


def test_credentials_in_an_address_are_refused() -> None:
    with pytest.raises(UsageError, match="leave it out"):
        publish_to(b"<p>", "r.html", "s3://key:secret@bucket/x")


@pytest.mark.parametrize(
    ("target", "about", "expected"),
    [
        ("s3://a.b/x.html", {}, "https://s3.amazonaws.com/a.b/x.html"),
        ("s3://b/x.html", {"endpoint_url": "http://127.0.0.1:9000/"}, "http://127.0.0.1:9000/b/x.html"),
        ("s3://b/x.html", {"client_kwargs": {"endpoint_url": "https://u:p@s.example"}}, "https://s.example/b/x.html"),
        ("az://c/x.html", {"account_name": "team"}, "https://team.blob.core.windows.net/c/x.html"),
        ("az://c/x.html", {}, "az://c/x.html"),
        ("sftp://host/x.html", {}, "sftp://host/x.html"),
    ],
)
def test_the_address_that_a_person_opens_is_told_where_it_can_be_known(target, about, expected) -> None:
    assert opened_at(address_of(target), Recording(**about)) == expected
