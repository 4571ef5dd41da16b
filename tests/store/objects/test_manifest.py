"""A manifest says what is in a folder, and is believed only when it can be true."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.errors import StoreError
from nbtrack.store.base import ObjectRef
from nbtrack.store.objects.manifest import Entry, Manifest, checked, decode, encode, objects_in

HASH = "0a" * 32
HEAD = '{"k":"folder","fmt":1,"files":0,"total":0}'
PARTS = st.text(st.characters(codec=None, exclude_characters="/\0"), min_size=1, max_size=8).filter(
    lambda part: part not in {".", ".."}
)


def test_a_manifest_is_json_lines_with_a_line_for_each_thing() -> None:
    entries = (
        Entry("a/model.bin", ObjectRef(f"blake3:{HASH}", 9_000_000)),
        Entry("a/run.sh", ObjectRef(HASH, 2), executable=True),
        Entry("empty"),
        Entry("latest", link="a"),
        Entry("pipe", left_out="it is not a file"),
    )
    content = encode(Manifest(entries))
    assert content.decode() == (
        '{"k":"folder","fmt":1,"files":2,"total":9000002}\n'
        f'{{"path":"a/model.bin","blake3":"{HASH}","size":9000000}}\n'
        f'{{"path":"a/run.sh","sha256":"{HASH}","size":2,"exec":true}}\n'
        '{"path":"empty","folder":true}\n'
        '{"path":"latest","link":"a"}\n'
        '{"path":"pipe","left_out":"it is not a file"}\n'
    )
    assert decode(content) == Manifest(entries)
    assert list(objects_in(content)) == [f"blake3:{HASH}", HASH]


@given(st.sets(PARTS, max_size=6))
def test_whatever_files_are_called_comes_back(names: set[str]) -> None:
    manifest = Manifest(tuple(Entry(name, ObjectRef(HASH, 1)) for name in sorted(names)))
    assert decode(encode(manifest)) == manifest


@given(st.text() | st.lists(PARTS | st.sampled_from(["", ".", ".."])).map("/".join))
def test_a_path_that_is_believed_stays_in_its_folder(path: str) -> None:
    try:
        parts = checked(path)
    except ValueError:
        return
    assert "/".join(parts) == path
    assert not {"", ".", ".."} & set(parts)


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", "./a", "a\0b", "..", "a/./b"])
def test_a_manifest_with_a_path_that_leads_elsewhere_is_none(path: str) -> None:
    line = json.dumps({"path": path, "sha256": HASH, "size": 1})
    with pytest.raises(StoreError, match="no manifest"):
        decode(f"{HEAD}\n{line}\n".encode())


@pytest.mark.parametrize(
    "lines",
    [
        [{"path": "a", "link": "b"}, {"path": "a/x", "folder": True}],
        [{"path": "a", "sha256": HASH, "size": 1}, {"path": "a", "folder": True}],
        [{"path": "a", "sha256": HASH, "size": 1}, {"path": "a/b/c", "sha256": HASH, "size": 1}],
    ],
)
def test_a_manifest_in_which_a_path_is_two_things_is_refused(lines: list[dict[str, object]]) -> None:
    with pytest.raises(StoreError, match="contradicts itself"):
        decode("\n".join([HEAD, *map(json.dumps, lines)]).encode())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"[]",
        b"text",
        b'{"k":"folder","fmt":2}',
        b'{"k":"other","fmt":1}',
        HEAD.encode() + b"\n7",
        HEAD.encode() + b'\n{"path":"a","sha256":"../../x","size":1}',
        HEAD.encode() + b'\n{"path":"a","sha256":"%s","size":-1}' % HASH.encode(),
        HEAD.encode() + b'\n{"path":"a","sha256":"%s","size":"1"}' % HASH.encode(),
        HEAD.encode() + b'\n{"path":"a","blake3":"%s"}' % HASH.encode(),
        HEAD.encode() + b"\n" + b"[" * 100_000,
    ],
)
def test_what_is_no_manifest_is_an_error_of_ours(content: bytes) -> None:
    with pytest.raises(StoreError):
        decode(content)


@given(st.binary())
def test_any_bytes_are_a_manifest_or_an_error_of_ours(content: bytes) -> None:
    for each in (content, HEAD.encode() + b"\n" + content):
        try:
            decode(each)
        except StoreError:
            continue
