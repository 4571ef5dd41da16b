"""Archives that somebody made to do harm, or that were harmed: refused, with nothing created."""

import hashlib
import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbtrack.errors import NbtrackError, NewerFormat, Untrusted
from nbtrack.share import archive_reading, unbundling
from nbtrack.share.archive_writing import ArchiveWriter
from nbtrack.share.bundle import about_of, bundle
from nbtrack.share.bundle_table import ABOUT, NAME
from nbtrack.share.unbundling import import_bundle
from nbtrack.share.zip_layout import End, Entry, central_header, end_of, local_header
from nbtrack.store.lines.record import decode, encode
from nbtrack.store.system.disk import replaced
from tests.share.bundles import UNFLUSHED, a_store

Files = dict[str, bytes]
Harm = Callable[[Files], None]


@pytest.fixture(autouse=True)
def _unflushed() -> Iterator[None]:
    with replaced(UNFLUSHED):
        yield


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A bundle of four runs, which is imported as it should be."""
    folder = tmp_path_factory.mktemp("good")
    bundle("", folder / "good.zip", store=a_store(folder / "here"))
    return (folder / "good.zip").read_bytes()


@pytest.fixture
def refused(tmp_path: Path) -> Callable[..., str]:
    """Import bytes, and return why they were refused; nothing may have been created."""

    def refuse(content: bytes, error: type[NbtrackError] = Untrusted) -> str:
        path = tmp_path / "x.zip"
        path.write_bytes(content)
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(error) as refusal:
            import_bundle(path, store=tmp_path / "there")
        assert sorted(tmp_path.rglob("*")) == before
        return str(refusal.value)

    return refuse


def files_of(content: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: Files) -> bytes:
    """Make an archive as nbtrack does, of whatever files, without a table that fits."""
    out = io.BytesIO()
    writer = ArchiveWriter(out)
    for name, content in sorted(files.items()):
        writer.add(name, len(content), [content])
    writer.close()
    return out.getvalue()


def listed(files: Files) -> Files:
    """Write the table of contents again for files that were changed: only what they hold is wrong then."""
    kept = {name: content for name, content in files.items() if name not in {ABOUT, NAME}}
    table = b""
    for line in files[NAME].splitlines():
        record = decode(line).record
        record.pop("c")
        place = place_of(record)
        if place in kept:
            record["size"] = len(kept[place])
            record.update({"sha256": hashlib.sha256(kept[place]).hexdigest()} if "sha256" in record else {})
        if record["k"] == "bundle.end":
            record.update(entries=len(kept), bytes=sum(map(len, kept.values())))
        table += encode(record)
    return {**kept, ABOUT: about_of(table), NAME: table}


def place_of(record: dict[str, str]) -> str:
    match record["k"]:
        case "object":
            algorithm, _, digest = ("sha256:" + record["name"]).removeprefix("sha256:blake3").rpartition(":")
            return f"cas/{algorithm or 'blake3'}/{digest[:2]}/{digest[2:]}"
        case "changes":
            return f"meta/{record['month']}/{record['name']}"
        case "file":
            return f"runs/{record['run'][:4]}-{record['run'][4:6]}/{record['run']}/{record['name']}"
    return ""


def events_in(files: Files) -> str:
    return next(name for name in files if "/ev-" in name)


def test_the_good_one_is_taken(good: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(good)
    assert len(import_bundle(tmp_path / "x.zip", store=tmp_path / "there").new) == 4
    (tmp_path / "y.zip").write_bytes(zipped(listed(files_of(good))))
    assert import_bundle(tmp_path / "y.zip", store=tmp_path / "there").nothing


NAMES = [
    "../evil",
    "runs/../../evil",
    "/etc/evil",
    "C:/evil",
    "C:evil",
    "runs\\..\\evil",
    "\\\\host\\share\\evil",
    "runs/2026-11/CON",
    "aux.jsonl",
    "runs/2026-11/nul.",
    "runs/2026-11/evil ",
    "runs/2026-11/evil.",
    "runs/e\x00vil",
    "runs/e\nvil",
    "runs/\x1b[31mevil",
    "runs//evil",
    "./runs/evil",
    "runs/2026-11/",
    "",
    "cas/sha256/ab/" + "CD" * 31,
    "runs/2026-11/20261121t101530-7k3m9q2x/ev-9f2c1ab47d03-0.jsonl/x",
    "runs/2026-12/20261121t101530-7k3m9q2x/ev-9f2c1ab47d03-0.jsonl",
    "meta/2026-99/9f2c1ab47d03-0.jsonl",
    "meta/2026-11/9f2c1ab47d03-0.jsonl\x20",
    "cache/index-000000001.bin",
    "config.toml",
    ".git/hooks/post-checkout",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_no_record_has_is_refused(name: str, good: bytes, refused: Callable[..., str]) -> None:
    refused(zipped({**files_of(good), name: b"x"}))


@pytest.mark.parametrize("name", NAMES)
def test_it_is_refused_also_where_the_table_lists_it(name: str, good: bytes, refused: Callable[..., str]) -> None:
    files = files_of(good)
    run = next(decode(line).record["run"] for line in files[NAME].splitlines() if b'"k":"run"' in line)
    digest = hashlib.sha256(b"x").hexdigest()
    extra = encode({"k": "file", "run": run, "name": name, "size": 1, "sha256": digest})
    *lines, end = files[NAME].splitlines(keepends=True)
    files[NAME] = b"".join([*lines, extra, end])
    place = f"runs/{run[:4]}-{run[4:6]}/{run}/{name}"
    refused(zipped(listed({**files, place: b"x"})))
    files[NAME] = files[NAME].replace(run.encode(), b"../../../../evil-------x"[: len(run)])
    refused(zipped(files))


def rewritten(content: bytes, harm: Callable[[bytearray, int, int], None]) -> bytes:
    """Spoil the first entry: its place in the directory and its header's place are given."""
    out = bytearray(content)
    harm(out, content.index(b"PK\1\2"), 0)
    return bytes(out)


def field(at: int, value: bytes, local: int | None = None) -> Callable[[bytearray, int, int], None]:
    def write(out: bytearray, central: int, header: int) -> None:
        out[central + at : central + at + len(value)] = value
        if local is not None:
            out[header + local : header + local + len(value)] = value

    return write


HEADERS = {
    "a symbolic link": (field(38, struct.pack("<I", 0o120777 << 16)), "link"),
    "a device": (field(38, struct.pack("<I", 0o060666 << 16)), "device"),
    "a folder": (field(38, struct.pack("<I", 0o040777 << 16 | 0x10)), "folder"),
    "a program": (field(38, struct.pack("<I", 0o104755 << 16)), "modes"),
    "encrypted": (field(8, b"\1\0", 6), "encrypted"),
    "strongly encrypted": (field(8, b"\x41\0", 6), "encrypted"),
    "described behind its bytes": (field(8, b"\x08\0", 6), "flags"),
    "a name in UTF-8": (field(8, b"\0\x08", 6), "flags"),
    "another method": (field(10, b"\x0c\0", 8), "method"),
    "another time": (field(12, b"\1\0", 10), "times"),
    "another checksum": (field(16, b"\0\0\0\0", 14), "checksum"),
    "a checksum of the directory's own": (field(16, b"\0\0\0\0"), "header"),
    "another size": (field(24, b"\1\0\0\0"), "bytes"),
    "another packed size": (field(20, b"\1\0\0\0"), ""),
    "another place": (field(42, b"\1\0\0\0"), "behind"),
    "another disk": (field(34, b"\1\0"), "flags"),
    "a comment": (field(32, b"\1\0"), ""),
    "another name in the header": (lambda out, _, header: out.__setitem__(header + 34, 0x78), "header"),
    "a name in the directory": (lambda out, central, _: out.__setitem__(central + 50, 0x78), ""),
}


@pytest.mark.parametrize("what", HEADERS)
def test_a_header_that_nbtrack_does_not_write_is_refused(what: str, good: bytes, refused: Callable[..., str]) -> None:
    harm, words = HEADERS[what]
    assert words in refused(rewritten(good, harm))


def raw(entries: list[tuple[str, bytes]]) -> bytes:
    """Make an archive of stored entries in any order, names twice if need be."""
    body, found = b"", []
    for name, content in entries:
        found.append(Entry(name, 0, zlib.crc32(content), len(content), len(content), len(body)))
        body += local_header(found[-1]) + content
    directory = b"".join(map(central_header, found))
    return body + directory + end_of(End(len(found), len(directory), len(body)))


def test_names_that_are_there_twice_are_refused(good: bytes, refused: Callable[..., str]) -> None:
    files = sorted(files_of(good).items())
    assert "twice" in refused(raw([files[0], *files]))


def test_names_that_differ_by_case_or_normal_form_are_refused(good: bytes, refused: Callable[..., str]) -> None:
    files = files_of(good)
    shout = files[events_in(files)]
    refused(raw(sorted({**files, events_in(files).upper(): shout}.items())))
    for name in ("runs/\u00e9", "runs/e\u0301"):
        out = io.BytesIO(good)
        with zipfile.ZipFile(out, "a") as archive:
            archive.writestr(name, b"x")
        refused(out.getvalue())


def test_entries_that_overlap_are_refused(good: bytes, refused: Callable[..., str]) -> None:
    files = sorted(files_of(good).items())
    whole = raw(files)
    start = whole.index(b"PK\1\2")
    found = [Entry(name, 0, zlib.crc32(content), len(content), len(content), 0) for name, content in files]
    directory = b"".join(map(central_header, found))
    assert "behind" in refused(whole[:start] + directory + end_of(End(len(found), len(directory), start)))


@pytest.mark.parametrize("harm", ["before", "behind", "between", "hidden", "two ends", "comment"])
def test_foreign_bytes_anywhere_are_refused(harm: str, good: bytes, refused: Callable[..., str]) -> None:
    start = good.index(b"PK\1\2")
    end = good.rindex(b"PK\5\6")
    size = end - start
    count = struct.unpack("<H", good[end + 8 : end + 10])[0]
    refused(
        {
            "before": b"#!/bin/sh\n" + good,
            "behind": good + b"x",
            "between": good[:start] + b"x" + good[start:],
            "hidden": good[:start] + b"hidden" + good[start:end] + end_of(End(count, size, start + 6)),
            "two ends": good + good[end:],
            "comment": good[:-2] + b"\3\0abc",
        }[harm]
    )


@pytest.mark.parametrize("cut", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_one_that_is_cut_off_is_refused(cut: float, good: bytes, refused: Callable[..., str]) -> None:
    refused(good[: int(len(good) * cut)])


@pytest.mark.parametrize("content", [b"hello", b"PK\5\6" + bytes(18), b"PK", b"\x1f\x8b\x08" + bytes(40), bytes(4096)])
def test_what_is_no_bundle_is_refused(content: bytes, refused: Callable[..., str]) -> None:
    refused(content)


def test_an_archive_of_another_program_is_refused(refused: Callable[..., str], good: bytes) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files_of(good).items():
            archive.writestr(name, content)
    assert "import the folder" in refused(out.getvalue())


def test_a_million_entries_are_refused_before_they_are_read(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_reading, "read_central", None)  # it would fail if any were looked at
    assert "1,000,000 entries" in refused(b"PK\3\4" + bytes(96) + end_of(End(1_000_000, 60_000_000, 100)))
    lying = b"PK\3\4" + bytes(96) + end_of(End(10, 900_000_000, 100))
    assert "length" in refused(lying)


def test_a_bomb_is_refused_by_its_ratio(good: bytes, refused: Callable[..., str]) -> None:
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join([*(bomb.compress(bytes(1 << 20)) for _ in range(64)), bomb.flush()])
    entry = Entry("cas/sha256/00/" + "0" * 62, 8, 0, len(packed), 64 << 20, 0)
    body = local_header(entry) + packed
    directory = central_header(entry)
    assert "a bomb" in refused(body + directory + end_of(End(1, len(directory), len(body))))


def test_a_bomb_that_lies_about_its_size_is_stopped_while_it_unpacks(good: bytes, refused: Callable[..., str]) -> None:
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join([*(bomb.compress(bytes(1 << 20)) for _ in range(64)), bomb.flush()])
    files = files_of(good)
    victim = events_in(files)
    body, found = b"", []
    for name, content in sorted(files.items()):
        stored = packed if name == victim else content
        method = 8 if name == victim else 0
        size = len(packed) + 1 if name == victim else len(content)
        found.append(Entry(name, method, zlib.crc32(content), len(stored), size, len(body)))
        body += local_header(found[-1]) + stored
    directory = b"".join(map(central_header, found))
    told = refused(body + directory + end_of(End(len(found), len(directory), len(body))))
    assert "bytes" in told


def changed(good: bytes, harm: Harm) -> bytes:
    files = files_of(good)
    harm(files)
    return zipped(listed(files))


def line_of_another_run(files: Files) -> None:
    head = decode(files[events_in(files)].split(b"\n")[0]).record
    files[events_in(files)] = encode({**{k: v for k, v in head.items() if k != "c"}, "run": "20261121t101530-00000000"})


def wrong_checksum(files: Files) -> None:
    files[events_in(files)] = files[events_in(files)].replace(b'"lr"', b'"lx"', 1)


def torn(files: Files) -> None:
    files[events_in(files)] = files[events_in(files)][:-1]


def headless(files: Files) -> None:
    files[events_in(files)] = files[events_in(files)].partition(b"\n")[2]


def deep(files: Files) -> None:
    files[events_in(files)] += b'{"k":"params","v":' + b"[" * 300_000 + b"]" * 300_000 + b"}\n"


def endless_line(files: Files) -> None:
    files[events_in(files)] += b'{"k":"note","v":"' + b"x" * (2 << 20) + b'"}\n'


def another_writer(files: Files) -> None:
    name = events_in(files)
    files[name] = files[name].replace(b'"w":"' + re.findall(rb'"w":"(\w+)"', files[name])[0], b'"w":"000000000000')


def points_instead_of_a_block(files: Files) -> None:
    files[events_in(files)] = b"nbtrack\0block 1\n" + files[events_in(files)]


def changes_of_another_run(files: Files) -> None:
    name = next(name for name in files if name.startswith("meta/"))
    files[name] += encode({"k": "delete", "run": "20261121t101530-00000000", "v": True, "w": "0", "n": 9, "l": 9})


def changes_of_no_run(files: Files) -> None:
    name = next(name for name in files if name.startswith("meta/"))
    files[name] += encode({"k": "note", "run": "../../evil", "v": "x", "w": "0", "n": 9, "l": 9})


def deletion(files: Files) -> None:
    name = next(name for name in files if name.startswith("meta/"))
    run = decode(files[name].splitlines()[1]).record["run"]
    files[name] += encode({"k": "delete", "run": run, "v": True, "w": "0", "n": 9, "l": 99})


def other_bytes(files: Files) -> None:
    name = next(name for name in files if name.startswith("cas/"))
    files[name] = b"x" * len(files[name])


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (line_of_another_run, "another run"),
        (wrong_checksum, "checksum is wrong"),
        (torn, "torn"),
        (headless, "head"),
        (deep, ""),
        (endless_line, "longer than any record"),
        (another_writer, "checksum"),
        (points_instead_of_a_block, "block"),
        (changes_of_another_run, "another run"),
        (changes_of_no_run, "another run"),
        (deletion, "would delete"),
        (other_bytes, "another hash"),
    ],
)
def test_contents_that_are_not_what_they_say_are_refused(
    harm: Harm, words: str, good: bytes, refused: Callable[..., str]
) -> None:
    assert words in refused(changed(good, harm))


def test_an_object_too_few_or_too_many_is_refused(good: bytes, refused: Callable[..., str]) -> None:
    files = files_of(good)
    some = next(name for name in files if name.startswith("cas/"))
    assert "archive" in refused(zipped({name: content for name, content in files.items() if name != some}))
    stray = hashlib.sha256(b"stray").hexdigest()
    assert "table of contents" in refused(zipped({**files, f"cas/sha256/{stray[:2]}/{stray[2:]}": b"stray"}))


def retold(good: bytes, change: Callable[[list[bytes]], list[bytes]]) -> bytes:
    files = files_of(good)
    table = b"".join(change(files[NAME].splitlines(keepends=True)))
    return zipped({**files, NAME: table, ABOUT: about_of(table)})


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines[1:],
        lambda lines: lines[:-1],
        lambda lines: [*lines, lines[-1]],
        lambda lines: [lines[0], *lines],
        lambda lines: [*lines[:-1], encode({"k": "surprise"}), lines[-1]],
        lambda lines: [*lines[:-1], b'{"k":"run"}\n', lines[-1]],
        lambda lines: [*lines[:-1], encode({"k": "run", "run": "../evil", "status": ""}), lines[-1]],
        lambda lines: [*lines[:-1], encode({"k": "uses", "run": "x", "objects": [0]}), lines[-1]],
        lambda lines: [line.replace(b'"size":', b'"size":-', 1) for line in lines],
        lambda lines: [lines[0], b"[" * 400_000 + b"\n", *lines[1:]],
        lambda lines: [lines[0], b"x" * (3 << 20), *lines[1:]],
        lambda lines: [lines[0], lines[1], *lines[1:]],
        lambda lines: [],
        lambda lines: [lines[0], encode({"k": "bundle.end", "entries": 0, "bytes": 0})],
    ],
)
def test_a_table_that_is_none_is_refused(
    change: Callable[[list[bytes]], list[bytes]], good: bytes, refused: Callable[..., str]
) -> None:
    refused(retold(good, change))


def test_a_huge_table_is_refused_before_it_is_read(
    good: bytes, refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unbundling, "_TABLE", 100)
    assert "table of contents of" in refused(good)


def test_another_store_json_is_refused(good: bytes, refused: Callable[..., str]) -> None:
    refused(zipped({**files_of(good), ABOUT: json.dumps({"id": "x", "fmt": 1}).encode()}))


def test_a_newer_format_is_refused_with_what_to_do(good: bytes, refused: Callable[..., str]) -> None:
    newer = encode({"k": "bundle", "fmt": 9, "min_reader": 9})
    assert "update" in refused(retold(good, lambda lines: [newer, *lines[1:]]), NewerFormat)

    def newer_head(files: Files) -> None:
        name = events_in(files)
        head, _, rest = files[name].partition(b"\n")
        record = {key: value for key, value in decode(head).record.items() if key != "c"}
        files[name] = encode({**record, "min_reader": 9}) + rest

    assert "update" in refused(changed(good, newer_head), NewerFormat)


def mutations(size: int) -> st.SearchStrategy[list[tuple[int, int, bytes]]]:
    at = st.one_of(st.integers(0, size), st.integers(max(size - 1500, 0), size), st.integers(0, 400))
    return st.lists(st.tuples(at, st.integers(0, 9), st.binary(max_size=9)), min_size=1, max_size=3)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_a_spoiled_bundle_is_refused_or_imported_exactly(
    data: st.DataObject, good: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = good
    for at, gone, new in data.draw(mutations(len(good))):
        content = content[:at] + new + content[at + gone :]
    folder = tmp_path_factory.mktemp("spoiled")
    (folder / "x.zip").write_bytes(content)
    try:
        import_bundle(folder / "x.zip", store=folder / "there")
    except (Untrusted, NewerFormat):
        assert [path.name for path in folder.iterdir()] == ["x.zip"]
    else:
        files = {name: content for name, content in files_of(good).items() if name not in {ABOUT, NAME}}
        assert dict(taken(folder / "there")) == files


def taken(store: Path) -> Iterator[tuple[str, bytes]]:
    for part in ("cas", "meta", "runs"):
        for path in (store / part).rglob("*"):
            if path.is_file():
                yield path.relative_to(store).as_posix(), path.read_bytes()
