"""A line says what was recorded or says nothing: no flip, cut or corner of JSON makes it say something else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.errors import LimitExceeded
from nbtrack.store.lines.record import DAMAGED, decode, dumps, encode

MEMBERS = {
    "k": "m",
    "s": 12,
    "v": {"loss": 0.1834, "acc \u2028 é": -1e-7},
    "w": "9f2c1ab47d03",
    "n": 124,
    "t": 1795256141002,
}
LINE = encode(MEMBERS)[:-1]


def test_a_record_is_one_line_of_ascii_json_with_its_checksum_last() -> None:
    assert encode({"k": "note", "v": "é\n"}) == b'{"k":"note","v":"\\u00e9\\n","c":"bfabcbea"}\n'
    assert {key: value for key, value in json.loads(LINE).items() if key != "c"} == MEMBERS


def test_what_is_encoded_is_decoded() -> None:
    state, record = decode(LINE)
    assert (state, record.pop("c"), record) == ("ok", json.loads(LINE)["c"], MEMBERS)


def test_no_single_bit_flip_passes_for_the_record() -> None:
    flipped = (
        LINE[:at] + bytes([LINE[at] ^ (1 << bit)]) + LINE[at + 1 :] for at in range(len(LINE)) for bit in range(8)
    )
    assert [line for line in flipped if decode(line).state == "ok"] == []


def test_no_prefix_of_a_record_is_a_record() -> None:
    assert [decode(LINE[:at]) for at in range(len(LINE))] == [DAMAGED] * len(LINE)


@given(st.binary(max_size=80))
def test_any_bytes_are_read_without_an_error(noise: bytes) -> None:
    assert decode(noise).state in {"damaged", "unsealed"}


def test_a_line_typed_by_hand_is_read_and_told_apart() -> None:
    state, record = decode(b'{"k":"note","v":"mine"}')
    assert (state, record["k"], record["v"], record["w"]) == ("unsealed", "note", "mine", "")
    assert decode(b'{"k":"note","v":"mine"}') == (state, record)


def test_windows_line_ends_do_not_hurt() -> None:
    assert decode(LINE + b"\r").state == "ok"


@pytest.mark.parametrize(
    "line", [b"", b"[1]", b"7", b'{"v":1}', b'{"k":"m","v":NaN}', b"\xef\xbb\xbf{}", b'{"k":"a"} {"k":"b"}']
)
def test_corners_of_json_are_no_records(line: bytes) -> None:
    assert decode(line) == DAMAGED


@pytest.mark.slow
def test_nesting_that_could_not_be_read_back_is_refused() -> None:
    deep: object = 1
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(LimitExceeded):
        dumps(deep)
    assert decode(b'{"k":"x","v":' + b"[" * 200_000 + b"]" * 200_000 + b"}") == DAMAGED
