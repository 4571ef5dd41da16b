"""A block is its segment in fewer bytes: whatever the lines are, they come back byte for byte."""

import json
import random
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbtrack.store.lines.block import MAGIC, Flaw, Part, block_lines, expand, opened, parts
from nbtrack.store.lines.condense import condense
from nbtrack.store.lines.record import encode

NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**54), 2**54) | st.integers()
VALUES = (
    NUMBERS
    | st.sampled_from([{"$f": "nan"}, {"$f": "inf"}, {"$f": "-inf"}, {"$i": "90071992547409930"}, None, True, "text"])
    | st.dictionaries(st.text(max_size=3), NUMBERS, max_size=2)
)
NAMES = st.sampled_from(["loss", "val", "acc"]) | st.text(max_size=6)
POINTS = st.fixed_dictionaries(
    {
        "k": st.just("m"),
        "s": st.integers(-(2**70), 2**70) | st.integers(0, 9),
        "v": st.dictionaries(NAMES, VALUES, max_size=4),
        "w": st.sampled_from(["9f2c1ab47d03", "000000000000"]) | st.text(max_size=3),
        "n": st.integers(0, 9) | st.integers(),
        "t": st.integers(1_795_256_130_000, 1_795_256_230_000) | st.integers(),
    }
)
OTHERS = st.binary(max_size=40) | st.builds(lambda text: text.encode(), st.text(max_size=20))


def block(content: bytes, *, strictly: bool = True, pieces: int = 1) -> bytes:
    """Return the block of a segment, handed over in so many pieces."""
    size = -(-len(content) // pieces) or 1
    chunks = [content[at : at + size] for at in range(0, len(content), size)]
    return b"".join(condense(chunks, strictly=strictly))


def expanded(content: bytes) -> bytes:
    flaws: list[Flaw] = []
    found = b"".join(expand(parts(BytesIO(content), 0, len(content)), flaws))
    assert flaws == []
    return found


def points(count: int, **members: object) -> bytes:
    """Return lines as a writer leaves them."""
    draw = random.Random(count)
    lines = [
        {"k": "m", "s": n, "v": {"loss": draw.random()}, "w": "9f2c1ab47d03", "n": n + 2, "t": 1_795_256_130_000 + n}
        for n in range(count)
    ]
    return b"".join(encode({**line, **members}) for line in lines)


@settings(max_examples=300, deadline=None)
@given(st.lists(POINTS.map(encode) | OTHERS | OTHERS.map(lambda line: line + b"\n"), max_size=12), st.integers(1, 4))
def test_whatever_lines_go_in_come_out(lines: list[bytes], pieces: int) -> None:
    content = b"".join(lines)
    assert expanded(block(content, pieces=pieces)) == content


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.dictionaries(NAMES, VALUES, min_size=1, max_size=3), min_size=1, max_size=8),
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=40, max_size=40),
)
def test_lines_of_our_own_come_out_without_looking_at_each(kinds: list[dict[str, object]], steps: list[int]) -> None:
    lines = [
        {"k": "m", "s": step, "v": kinds[n % len(kinds)], "w": "9f2c1ab47d03", "n": n, "t": 1_795_256_130_000 + n}
        for n, step in enumerate(steps)
    ]
    content = b"".join(map(encode, lines))
    assert expanded(block(content, strictly=True)) == content


def test_a_series_takes_a_tenth_of_its_lines() -> None:
    content = points(2000)
    assert len(block(content)) < len(content) / 8


@pytest.mark.parametrize(
    "odd",
    [
        b'{"k":"m","s":0,"v":{"loss":0.50},"w":"9f2c1ab47d03","n":9,"t":1,"c":"00000000"}\n',
        b'{"k": "m", "s": 0, "v": {"loss": 1}}\n',
        b"\x00" * 300 + b"\n",
        b'{"k":"mb","size":3,"c":"00000000"}\nabc\n',
        b"{" * 3000 + b"\n",
    ],
)
def test_lines_that_we_would_not_have_written_stay_as_they_are(odd: bytes) -> None:
    content = points(300) + odd + points(300)
    made = block(content)
    assert expanded(made) == content
    assert odd in made


def test_a_torn_tail_stays_torn() -> None:
    content = points(300) + b'{"k":"m","s":'
    assert expanded(block(content)) == content


def test_a_damaged_part_costs_its_own_points_and_no_others(tmp_path: Path) -> None:
    whole = b"".join(condense([points(500), points(400), points(300)]))
    with opened(_file(tmp_path, whole)) as found:
        second = [part for part in found if isinstance(part, Part)][1]
    for at in (second.offset + 3, second.offset + len(json.dumps(dict(second.head))) + 40):
        path = _file(tmp_path, whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        lines = list(block_lines(path))
        assert b"".join(line for _, line in lines if line.startswith(b"{")) == points(500) + points(300)
        assert [(offset, line) for offset, line in lines if not line.startswith(b"{")] == [
            (second.offset, b"a part of a block that is damaged\n")
        ]


def test_whatever_bytes_a_block_is_made_of_reading_it_raises_nothing(tmp_path: Path) -> None:
    whole, draw = block(points(40)), random.Random(5)
    for _ in range(400):
        broken = bytearray(whole)
        for _ in range(draw.randrange(1, 4)):
            broken[draw.randrange(len(MAGIC), len(broken))] = draw.randrange(256)
        cut = broken[: draw.randrange(len(broken)) if draw.random() < 0.3 else len(broken)]
        list(block_lines(_file(tmp_path, bytes(cut))))


@settings(max_examples=200, deadline=None)
@given(
    head=st.dictionaries(
        st.sampled_from(["rows", "n", "s", "t", "sets", "in", "v"]),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=3),
            lambda x: (
                st.lists(x, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["as", "at", "from", "by", "runs", "check", "rows", "size", "loss"]), x, max_size=3
                )
            ),
            max_leaves=8,
        ),
    )
)
def test_a_head_that_says_anything_at_all_raises_nothing(head: dict[str, object]) -> None:
    content = MAGIC + encode({"k": "mb", "w": "w", "v": {}, **head, "size": 4}) + b"abcd\n"
    list(expand(parts(BytesIO(content), 0, len(content)), []))


def _file(folder: Path, content: bytes) -> Path:
    path = folder / "mb-9f2c1ab47d03-0.block"
    path.write_bytes(content)
    return path
