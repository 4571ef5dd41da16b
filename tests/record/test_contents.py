"""A secret in the contents of a file is found, wherever in the file it stands."""

from __future__ import annotations

import random

import pytest

from nbtrack.record.contents import holds_secret

TOKEN = b"ghp_" + b"16C7e42F292c6912E7710c838347Ae178B4a"
rng = random.Random(7)


def never(_seconds: float) -> None:
    return None


@pytest.mark.parametrize("at", [0, 1, 16_300, 16_384 - 20, 40_000])
def test_a_token_is_found_wherever_it_stands(at: int) -> None:
    text = b"a,b\n1.5,2.25\n" * 6000
    assert holds_secret(text[:at] + b" " + TOKEN + b"\n" + text[at:], never)


def test_a_token_between_bytes_is_found() -> None:
    noise = rng.randbytes(50_000)
    assert holds_secret(noise + b"\0\0" + TOKEN + b"\0" + noise, never)
    assert holds_secret(noise + TOKEN.decode().encode("utf-16-le") + noise, never)


def test_a_private_key_is_found_over_its_lines() -> None:
    lines = b"\n".join(b"A" * 64 for _ in range(400))
    begin, end = (f"-----{word} PRIVATE KEY-----".encode() for word in ("BEGIN", "END"))
    assert holds_secret(b"x\n" * 9000 + begin + b"\n" + lines + b"\n" + end + b"\n", never)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a,b\n1,2\n",
        rng.randbytes(300_000),
        b"\n".join(b"%d,user%d@example.org,%032x" % (k, k, rng.getrandbits(128)) for k in range(5000)),
    ],
    ids=["empty", "table", "noise", "hashes"],
)
def test_data_are_no_secrets(content: bytes) -> None:
    assert not holds_secret(content, never)


def test_it_works_half_of_the_time() -> None:
    pauses: list[float] = []
    holds_secret(b"a,b\n1.5,2.25\n" * 10_000, pauses.append)
    assert len(pauses) == 8
    assert all(seconds > 0 for seconds in pauses)
