"""Every kind of damage is told with its place; repair loses nothing, and can be done again and be interrupted."""

import hashlib
import inspect
import json
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nbtrack.errors import NewerFormat, StoreError
from nbtrack.model import event
from nbtrack.model.ids import new_run_id
from nbtrack.store.check.finding import NOTES, WRONG
from nbtrack.store.check.fsck import Report, as_json, fsck
from nbtrack.store.check.repair import accept, repair
from nbtrack.store.lines.record import decode, encode
from nbtrack.store.local import LocalStore

ZEROS = "0" * 64
GONE = {"host": "elsewhere", "boot": "b", "ns": 1, "pid": 1, "start": 1}


def record_run(local: LocalStore, run_id: str, *, close: bool = True) -> dict[str, Path]:
    writer = local.begin(run_id, {"name": "whole"})
    writer.append("params", {"a": 1})
    writer.append("params", {"b": 2})
    for step in range(4):
        writer.point({"loss": 1.0 / (step + 1)})
    if close:
        writer.close("finished", 2.0)
    else:
        writer.sync()
    return {path.name[:2]: path for path in local._folder.run(run_id).iterdir() if path.name[:2] in {"ev", "mx"}}


def killed_run(folder: Path, run_id: str) -> None:
    """Record a run in a process of its own that is killed in the middle of it."""
    code = f"""
from pathlib import Path
from nbtrack.store.local import LocalStore
import os, signal
writer = LocalStore(Path({str(folder)!r})).begin({run_id!r}, {{"name": "killed"}})
writer.append("params", {{"a": 1}})
for step in range(4): writer.point({{"loss": 1.0 / (step + 1)}})
os.kill(os.getpid(), signal.SIGKILL)
"""
    ended = subprocess.run([sys.executable, "-c", code], check=False)
    assert ended.returncode == -signal.SIGKILL


def kinds(report: Report) -> dict[str, int]:
    """Count the findings by kind; the marker of a killed process is swept away sooner or later."""
    return dict(sorted(Counter(each.kind for each in report.findings if each.kind != "leftover").items()))


def replaced(path: Path, old: bytes, new: bytes) -> int:
    """Replace bytes in a file and return where they stood."""
    content = path.read_bytes()
    assert content.count(old) == 1
    path.write_bytes(content.replace(old, new))
    return content.index(old)


def line_start(content: bytes, at: int) -> int:
    return content.rfind(b"\n", 0, at) + 1


def without_line(path: Path, having: bytes) -> None:
    lines = path.read_bytes().split(b"\n")
    assert sum(having in line for line in lines) == 1
    path.write_bytes(b"\n".join(line for line in lines if having not in line))


def every_line(root: Path) -> set[bytes]:
    """Return every line and every object there is, wherever it lies; what is derived or passing left out."""
    files = [
        path
        for path in root.rglob("*")
        if path.is_file() and path.relative_to(root).parts[0] not in ("cache", "tmp", "live")
    ]
    return {line for path in files for line in path.read_bytes().split(b"\n")}


def healed(local: LocalStore, *, reseal: bool = False, data: bool = True) -> tuple[list[str], Report]:
    """Check, repair, check again; nothing that was there may be gone."""
    before = every_line(local.path)
    deeds = repair(local, fsck(local, data=data), reseal=reseal)
    assert before <= every_line(local.path)
    return [deed.text for deed in deeds if deed.done], fsck(local, data=data)


# --- checking


def test_a_whole_store_has_nothing_to_tell(local: LocalStore, run_id: str) -> None:
    record_run(local, run_id)
    sha256 = local.put(b"content").sha256
    local.annotate(run_id, "artifact", {"name": "a", "sha256": sha256, "size": 7, "media_type": "x/y"})
    report = fsck(local, data=True)
    assert (report.findings, report.ok) == ([], True)
    counts = dict(report.counts)
    assert counts.pop("bytes") > 1000
    assert counts == {
        "runs": 1, "writing": 0, "records": 8, "points": 4, "changes": 1, "packs": 0, "objects": 1,
    }  # fmt: skip


def test_a_check_changes_nothing_but_the_cache(local: LocalStore, run_id: str) -> None:
    path = record_run(local, run_id)["ev"]
    replaced(path, b'{"a":1}', b'{"a":7}')
    before = {path: path.read_bytes() for path in local.path.rglob("*") if path.is_file() and "cache" not in path.parts}
    fsck(local, data=True)
    after = {path: path.read_bytes() for path in local.path.rglob("*") if path.is_file() and "cache" not in path.parts}
    assert before == after


def test_a_damaged_line_is_told_with_its_place_and_the_number_that_is_missing(local: LocalStore, run_id: str) -> None:
    path = record_run(local, run_id)["ev"]
    at = line_start(path.read_bytes(), replaced(path, b'{"a":1}', b'{"a":7}'))
    report = fsck(local)
    assert kinds(report) == {"damaged": 1, "missing": 1}
    (damaged,), (missing,) = report.of_kind("damaged"), report.of_kind("missing")
    assert (damaged.path, damaged.offset, damaged.run) == (str(path.relative_to(local.path)), at, run_id)
    assert missing.text.startswith("1 record of writer ")
    assert ": 2;" in missing.text


@pytest.mark.parametrize("flip", [b'"s":2,', b'"w":"', b'"loss":'])
def test_a_damaged_point_is_told_with_its_place(local: LocalStore, run_id: str, flip: bytes) -> None:
    path = record_run(local, run_id)["mx"]
    content = bytearray(path.read_bytes())
    at = content.index(flip, content.index(b'"s":2,') - 20 if flip != b'"w":"' else content.index(b'"s":2,'))
    start = line_start(bytes(content), at)
    content[at + 2] ^= 1
    path.write_bytes(content)
    report = fsck(local)
    assert kinds(report) == {"damaged": 1, "missing": 1}
    assert report.of_kind("damaged")[0].offset == start


def test_points_that_are_gone_from_a_sealed_run_are_missed(local: LocalStore, run_id: str) -> None:
    path = record_run(local, run_id)["mx"]
    without_line(path, b'"s":2,')
    (missing,) = fsck(local).findings
    assert (missing.kind, missing.count) == ("missing", 1)
    assert "4 points were sealed" in missing.text.replace("3 events and ", "")


def test_a_whole_file_that_is_gone_is_missed(local: LocalStore, run_id: str) -> None:
    record_run(local, run_id)["mx"].unlink()
    (missing,) = fsck(local).findings
    assert (missing.kind, missing.count) == ("missing", 4)


def test_a_record_that_was_altered_and_sealed_again_does_not_fit_the_seal(local: LocalStore, run_id: str) -> None:
    path = record_run(local, run_id)["ev"]
    lines = path.read_bytes().split(b"\n")
    (at,) = (at for at, line in enumerate(lines) if b'{"a":1}' in line)
    members = {name: value for name, value in decode(lines[at]).record.items() if name != "c"}
    lines[at] = encode({**members, "v": {"a": 2}})[:-1]
    path.write_bytes(b"\n".join(lines))
    (finding,) = fsck(local).findings
    assert (finding.kind, finding.run) == ("seal", run_id)


def test_two_versions_of_a_record_are_told(local: LocalStore, run_id: str) -> None:
    path = record_run(local, run_id)["ev"]
    (line,) = (line for line in path.read_bytes().split(b"\n") if b'{"a":1}' in line)
    members = {name: value for name, value in decode(line).record.items() if name != "c"}
    with path.open("ab") as file:
        file.write(encode({**members, "v": {"other": 1}}))
    assert kinds(fsck(local)) == {"divergent": 1}


def test_copies_of_records_are_nothing_to_tell(local: LocalStore, run_id: str) -> None:
    for path in record_run(local, run_id).values():
        content = path.read_bytes()
        path.write_bytes(content + content)
        (path.parent / path.name.replace("-0.", "-7.")).write_bytes(content)
    assert fsck(local).findings == []


def test_a_line_typed_by_hand_is_told(local: LocalStore, run_id: str) -> None:
    path = record_run(local, run_id)["ev"]
    size = path.stat().st_size
    with path.open("ab") as file:
        file.write(b'{"k":"tags","v":{"mine":"yes"},"l":99}\n')
    (finding,) = fsck(local).findings
    assert (finding.kind, finding.offset, finding.wrong) == ("unsealed", size, True)


def test_a_torn_tail_is_told_of_the_dead_only(local: LocalStore, folder: Path, run_id: str) -> None:
    alive, dead = record_run(local, run_id, close=False)["mx"], new_run_id()
    killed_run(folder, dead)
    (other,) = (path for path in local._folder.run(dead).iterdir() if path.name.startswith("mx"))
    for path in (alive, other):
        with path.open("ab") as file:
            file.write(b'{"k":"m","s":9')
    report = fsck(local)
    assert kinds(report) == {"torn": 1, "unfinished": 1}
    assert (report.ok, {each.run for each in report.of_kind("torn", "unfinished")}) == (True, {dead})
    assert report.counts["writing"] == 1


def test_gaps_of_a_run_without_an_end_are_missed(local: LocalStore, folder: Path, run_id: str) -> None:
    killed_run(folder, run_id)
    (path,) = (path for path in local._folder.run(run_id).iterdir() if path.name.startswith("mx"))
    without_line(path, b'"s":1,')
    assert kinds(fsck(local)) == {"missing": 1, "unfinished": 1}


def test_a_segment_of_another_run_is_told(local: LocalStore) -> None:
    one, two = "20261121t101530-aaaaaaaa", "20261121t101530-bbbbbbbb"
    path = record_run(local, one)["ev"]
    record_run(local, two)
    copy = local._folder.run(two) / path.name
    copy.write_bytes(path.read_bytes())
    (finding,) = fsck(local).of_kind("foreign")
    assert (finding.run, finding.path) == (two, str(copy.relative_to(local.path)))


def test_a_segment_of_a_newer_format_is_told(local: LocalStore, run_id: str) -> None:
    record_run(local, run_id)
    head = {"k": "head", "fmt": 9, "min_reader": 9, "run": run_id, "w": "aaaaaaaaaaaa", "seg": 0}
    (local._folder.run(run_id) / "ev-aaaaaaaaaaaa-0.jsonl").write_bytes(encode(head))
    assert fsck(local).of_kind("newer")[0].wrong


def test_damage_in_the_meta_log_is_told(local: LocalStore, run_id: str) -> None:
    record_run(local, run_id)
    for text in ("one", "two", "three"):
        local.annotate(run_id, "note", text)
    (path,) = (local.path / "meta").rglob("*.jsonl")
    replaced(path, b'"two"', b'"twp"')
    report = fsck(local)
    assert kinds(report) == {"damaged": 1, "gap": 1}
    assert report.of_kind("damaged")[0].path == str(path.relative_to(local.path))


def test_objects_that_are_missing_damaged_or_forgotten_are_told(local: LocalStore, run_id: str) -> None:
    record_run(local, run_id)
    gone, rotten, _idle = (local.put(text) for text in (b"gone", b"rotten", b"idle"))
    artifacts = [{"name": ref.sha256[:4], **ref.members(), "media_type": "x/y"} for ref in (gone, rotten)]
    local.annotate(run_id, "artifact", artifacts)
    path = local._objects.path(rotten.sha256)
    path.chmod(0o600)
    path.write_bytes(b"r0tten")
    local._objects.path(gone.sha256).unlink()
    assert kinds(fsck(local)) == {"absent": 1, "forgotten": 1}
    report = fsck(local, data=True)
    assert kinds(report) == {"absent": 1, "forgotten": 1, "object": 1}
    assert report.of_kind("absent")[0].run == run_id
    assert report.of_kind("object")[0].path == str(path.relative_to(local.path))


def test_the_hash_of_a_data_file_is_not_a_missing_object(local: LocalStore, run_id: str) -> None:
    record_run(local, run_id)
    local.annotate(run_id, "data", [{"kind": "file", "path": "d.csv", "mode": "read", "sha256": ZEROS}])
    assert fsck(local).findings == []


def test_stray_files_and_leftovers_are_worth_knowing(local: LocalStore, run_id: str) -> None:
    folder = record_run(local, run_id)["ev"].parent
    for place in ("README.md", "runs/notes.txt", f"runs/{folder.parent.name}/x", "meta/2026-11/y"):
        path = local.path / place
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine")
    (folder / "ev-copy.jsonl").write_text("mine")
    (local.path / "live" / f"{run_id}.aaaaaaaaaaaa").write_text(json.dumps({**_this(), "pid": 2**22 + 1}))
    report = fsck(local)
    assert (kinds(report), report.ok) == ({"stray": 5}, True)
    assert [finding.path for finding in report.of_kind("leftover")] == [f"live/{run_id}.aaaaaaaaaaaa"]


def _this() -> dict[str, Any]:
    from nbtrack.store.system.process import this_process

    return this_process()._asdict()


def test_an_index_that_says_something_else_than_the_records_is_told(local: LocalStore, run_id: str) -> None:
    record_run(local, run_id)
    others = [new_run_id() for _ in range(40)]
    for other in others:
        record_run(local, other)
    LocalStore(local.path).runs()
    assert list((local.path / "cache").iterdir())
    path = next(iter(local._folder.run(run_id).glob("ev-*")))
    content = path.read_bytes()
    path.write_bytes(content.replace(b'"whole"', b'"other"'))
    report = fsck(local)
    assert {"index", "damaged"} <= set(kinds(report))
    assert report.of_kind("index")[0].run == run_id


def test_a_run_that_is_being_written_is_never_said_to_miss_anything(
    local: LocalStore, folder: Path, run_id: str
) -> None:
    code = f"""
from pathlib import Path
from nbtrack.store.local import LocalStore
import time
writer = LocalStore(Path({str(folder)!r})).begin({run_id!r}, {{}})
print("ready", flush=True)
step = 0
while True:
    step += 1
    writer.point({{"loss": step}})
    if not step % 7: writer.append("params", {{"p": step}})
    if not step % 50: time.sleep(0.002)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        try:
            reports = [fsck(local) for _ in range(8)]
        finally:
            child.kill()
    assert [report.findings for report in reports] == [[]] * 8
    assert all(report.counts["writing"] == 1 for report in reports)


def test_a_folder_without_a_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store"):
        fsck(tmp_path / "none")


def test_every_kind_is_either_wrong_or_worth_knowing_and_documented() -> None:
    import nbtrack.store.check.finding as module

    documented = {line.split()[0] for line in inspect.cleandoc(str(module.__doc__)).splitlines() if line}
    assert not set(WRONG) & set(NOTES)
    assert {*WRONG, *NOTES} <= documented


def test_a_report_is_json(local: LocalStore, run_id: str) -> None:
    replaced(record_run(local, run_id)["ev"], b'{"a":1}', b'{"a":7}')
    told = json.loads(json.dumps(as_json(fsck(local))))
    assert (told["ok"], told["counts"]["runs"], {finding["kind"] for finding in told["findings"]}) == (
        False, 1, {"damaged", "missing"},
    )  # fmt: skip


# --- repairing


def test_repairing_a_whole_store_does_nothing(local: LocalStore, run_id: str) -> None:
    record_run(local, run_id)
    before = {path: path.read_bytes() for path in local.path.rglob("*") if path.is_file()}
    assert repair(local, fsck(local)) == []
    assert {path: path.read_bytes() for path in local.path.rglob("*") if path.is_file()} == before


def test_a_damaged_line_goes_to_quarantine_and_the_run_stays_marked(local: LocalStore, run_id: str) -> None:
    path = record_run(local, run_id)["ev"]
    replaced(path, b'{"a":1}', b'{"a":7}')
    done, report = healed(local)
    assert done[0].startswith("1 damaged line taken out; a copy is in quarantine/")
    assert kinds(report) == {"missing": 1}
    document = LocalStore(local.path).read(run_id)
    assert (document["condition"], document["health"]["damaged"], document["health"]["missing"]) == ("damaged", 0, 1)
    assert LocalStore(local.path).runs().documents[0] == document
    assert healed(local)[0] == []


def test_what_was_moved_or_copied_is_listed_with_its_reason(local: LocalStore, run_id: str) -> None:
    path = record_run(local, run_id)["ev"]
    replaced(path, b'{"a":1}', b'{"a":7}')
    content = path.read_bytes()
    repair(local, fsck(local))
    (why,) = (local.path / "quarantine").glob("*/why.jsonl")
    place = str(path.relative_to(local.path))
    assert [decode(line).record["path"] for line in why.read_bytes().split(b"\n")[:-1]] == [place]
    assert (why.parent / place).read_bytes() == content


def test_a_run_being_written_is_left_alone(local: LocalStore, run_id: str) -> None:
    path = record_run(local, run_id, close=False)["ev"]
    replaced(path, b'{"a":1}', b'{"a":7}')
    content = path.read_bytes()
    (deed,) = (deed for deed in repair(local, fsck(local)) if not deed.done)
    assert deed.text.startswith("left as it is: it may still be written")
    assert path.read_bytes() == content


def test_missing_points_show_in_every_list_once_a_repair_has_recorded_them(local: LocalStore, run_id: str) -> None:
    path = record_run(local, run_id)["mx"]
    lines = path.read_bytes()
    without_line(path, b'"s":2,')
    assert local.read(run_id)["condition"] == "whole"
    done, report = healed(local)
    assert (done, kinds(report)) == (["recorded with the run: 1 missing"], {"missing": 1})
    document = LocalStore(local.path).runs().documents[0]
    assert (document["condition"], document["health"]["missing"]) == ("damaged", 1)
    assert healed(local)[0] == []
    path.write_bytes(lines)
    done, report = healed(local)
    assert (done, kinds(report)) == (["recorded with the run: whole"], {})
    assert LocalStore(local.path).runs().documents[0]["condition"] == "whole"


def test_an_accepted_run_is_not_shown_as_damaged_until_more_is_wrong(local: LocalStore, run_id: str) -> None:
    path = record_run(local, run_id)["ev"]
    replaced(path, b'{"a":1}', b'{"a":7}')
    assert accept(local, run_id).text == "accepted as it is: 1 damaged, 1 missing"
    report = fsck(local)
    assert (report.ok, kinds(report)["accepted"]) == (True, 1)
    document = LocalStore(local.path).runs().documents[0]
    assert (document["condition"], document["health"]["accepted"]) == ("whole", True)
    replaced(path, b'{"b":2}', b'{"b":7}')
    assert not fsck(local).ok
    assert LocalStore(local.path).read(run_id)["condition"] == "damaged"


def test_there_is_nothing_to_accept_of_a_whole_run(local: LocalStore, run_id: str) -> None:
    record_run(local, run_id)
    assert not accept(local, run_id).done


def test_a_typed_line_is_sealed_only_when_asked(local: LocalStore, run_id: str) -> None:
    path = record_run(local, run_id)["ev"]
    with path.open("ab") as file:
        file.write(b'{"k":"tags","v":{"mine":"yes"},"l":99}\n')
    before = LocalStore(local.path).read(run_id)
    assert before["condition"] == "unsealed"
    assert (healed(local)[0], kinds(fsck(local))) == ([], {"unsealed": 1})
    done, report = healed(local, reseal=True)
    assert done[0].startswith("1 typed line sealed; a copy is in quarantine/")
    assert report.findings == []
    after = LocalStore(local.path).read(run_id)
    assert (after["tags"], after["condition"], after["sealed"]) == ({"mine": "yes"}, "whole", True)
    assert healed(local, reseal=True)[0] == []


def test_a_typed_line_sealed_in_two_clones_is_one_record(local: LocalStore, run_id: str, tmp_path: Path) -> None:
    path = record_run(local, run_id)["ev"]
    with path.open("ab") as file:
        file.write(b'{"k":"tags","v":{"mine":"yes"},"l":99}\n')
    shutil.copytree(local.path, tmp_path / "clone")
    clone = LocalStore(tmp_path / "clone")
    for store in (local, clone):
        repair(store, fsck(store), reseal=True)
    assert path.read_bytes() == (clone.path / path.relative_to(local.path)).read_bytes()


def test_a_killed_run_is_sealed_as_it_is(local: LocalStore, folder: Path, run_id: str) -> None:
    killed_run(folder, run_id)
    before = LocalStore(folder).read(run_id)
    assert (before["status"], before["sealed"]) == ("lost", False)
    done, report = healed(local)
    assert [text[:10] for text in done] == ["sealed for"]
    assert kinds(report) == {}
    after = LocalStore(folder).read(run_id)
    assert (after["status"], after["sealed"], after["condition"]) == ("lost", True, "whole")
    assert (after["curves"]["loss"]["count"], LocalStore(folder).runs().documents[0]) == (4, after)
    (path,) = (path for path in local._folder.run(run_id).iterdir() if path.name.startswith("mx"))
    without_line(path, b'"s":3,')
    assert kinds(fsck(local))["missing"] == 1
    assert healed(local)[0][:1] == ["recorded with the run: 1 missing"]


def test_the_end_of_a_writer_thought_dead_counts_more_than_the_seal_made_for_it(local: LocalStore, run_id: str) -> None:
    writer = local.begin(run_id, {"name": "slow"})
    writer.append("params", {"a": 1})
    name = next(local._folder.run(run_id).iterdir()).name.split("-")[1]
    local.annotate(run_id, event.CRASH_SEAL, {name: {"n": 1, "ev": 1, "mx": 0, "d": "sha256:" + ZEROS}})
    assert local.read(run_id)["status"] == "lost"
    writer.append("params", {"b": 2})
    writer.close("finished", 1.0)
    document = LocalStore(local.path).read(run_id)
    assert (document["status"], document["params"]) == ("finished", {"a": 1, "b": 2})
    assert fsck(local).findings == []


def test_a_segment_of_another_run_goes_to_quarantine(local: LocalStore) -> None:
    one, two = "20261121t101530-aaaaaaaa", "20261121t101530-bbbbbbbb"
    path = record_run(local, one)["ev"]
    record_run(local, two)
    (local._folder.run(two) / path.name).write_bytes(path.read_bytes())
    done, report = healed(local)
    assert done[0].startswith("moved to quarantine/")
    assert report.findings == []
    assert LocalStore(local.path).read(two)["condition"] == "whole"


def test_a_damaged_object_goes_to_quarantine_and_comes_back_from_the_file_it_was_read_from(
    local: LocalStore, run_id: str
) -> None:
    source = local.path.parent / "d.csv"
    source.write_bytes(b"a,b\n1,2\n")
    ref = local.put(source)
    record_run(local, run_id)
    local.annotate(run_id, "data", [{"kind": "file", "path": "d.csv", "mode": "read", "sha256": ref.sha256}])
    local.annotate(run_id, "artifact", {"name": "d", **ref.members(), "media_type": "text/csv"})
    path = local._objects.path(ref.sha256)
    path.chmod(0o600)
    path.write_bytes(b"a,b\n1,3\n")
    done, report = healed(local)
    assert ([text.split(" ")[0] for text in done], report.findings) == (["moved", "restored"], [])
    assert local.get(ref.sha256) == source.read_bytes()


def test_a_missing_object_whose_file_has_changed_stays_missing(local: LocalStore, run_id: str) -> None:
    source = local.path.parent / "d.csv"
    source.write_bytes(b"now other bytes")
    sha256 = hashlib.sha256(b"a,b\n1,2\n").hexdigest()
    record_run(local, run_id)
    local.annotate(run_id, "data", [{"kind": "file", "path": "d.csv", "mode": "read", "sha256": sha256}])
    local.annotate(run_id, "artifact", {"name": "d", "sha256": sha256, "size": 8, "media_type": "text/csv"})
    deeds = repair(local, fsck(local))
    assert [(deed.done, deed.text) for deed in deeds] == [(False, "no other copy of its bytes is known")]
    assert fsck(local).counts["objects"] == 0


def test_a_wrong_index_is_dropped_and_made_again(local: LocalStore) -> None:
    ids = [new_run_id() for _ in range(40)]
    for run_id in ids:
        record_run(local, run_id)
    LocalStore(local.path).runs()
    path = next(iter(local._folder.run(ids[3]).glob("ev-*")))
    replaced(path, b'"whole"', b'"other"')
    done, report = healed(local)
    assert "the index is dropped; the next question makes it anew" in done
    assert not report.of_kind("index")


def test_a_store_that_a_newer_version_must_write_is_not_repaired(local: LocalStore, run_id: str) -> None:
    replaced(record_run(local, run_id)["ev"], b'{"a":1}', b'{"a":7}')
    about = json.loads((local.path / "store.json").read_text())
    (local.path / "store.json").write_text(json.dumps({**about, "min_writer": 9}))
    store = LocalStore(local.path)
    report = fsck(store)
    with pytest.raises(NewerFormat):
        repair(store, report)
    assert not (local.path / "quarantine").exists()


class Crash(BaseException):
    """The end of a process, as nothing catches it."""


@pytest.mark.slow
@pytest.mark.parametrize("call", ["create", "write", "flush", "replace", "rename", "flush_folder", "make_folder"])
def test_a_repair_ended_at_any_call_loses_nothing_and_can_be_done_again(tmp_path: Path, call: str) -> None:
    from nbtrack.store.system.disk import Disk
    from nbtrack.store.system.disk import replaced as with_disk

    one, two = "20261121t101530-aaaaaaaa", "20261121t101530-bbbbbbbb"
    template = tmp_path / "template"
    store = LocalStore(template)
    replaced(record_run(store, one)["ev"], b'{"a":1}', b'{"a":7}')
    (store._folder.run(two).parent).mkdir(exist_ok=True)
    foreign = record_run(store, two)["ev"].parent / f"ev-{'a' * 12}-0.jsonl"
    foreign.write_bytes(next(iter(store._folder.run(one).glob("ev-*"))).read_bytes())
    store.close()
    for at in range(1, 60):
        root = tmp_path / f"{call}{at}"
        shutil.copytree(template, root)
        before, victim = every_line(root), LocalStore(root, disk=Disk())
        ended = _ended_at(call, at, victim, with_disk, Disk)
        assert before <= every_line(root)
        survivor = LocalStore(root)
        repair(survivor, fsck(survivor), force=True)
        assert before <= every_line(root)
        assert kinds(fsck(survivor)) == {"missing": 1}
        assert survivor.read(one)["params"] == {"b": 2}
        survivor.close()
        if not ended:
            break
    assert not ended


def _ended_at(call: str, at: int, store: LocalStore, with_disk: Callable[..., Any], disk: type) -> bool:
    """Repair until the ``at``-th call of a kind, which is not made; tell whether it came to that."""
    count = 0

    def counted(*arguments: Any) -> Any:
        nonlocal count
        count += 1
        if count >= at:
            raise Crash
        return getattr(disk(), call)(*arguments)

    report = fsck(store)
    try:
        with with_disk(disk(**{call: counted})):
            repair(store, report)
    except Crash:
        return True
    return False


# --- packs and blocks


def packed(local: LocalStore) -> Path:
    """Pack all runs of a store and return the pack."""
    from nbtrack.store.housekeeping.maintenance import maintaining
    from nbtrack.store.housekeeping.packing import Packer

    with maintaining(local.path, "pack") as lock:
        Packer(local.path, older_than=0, now=time.time() + 10).pack(lock)
    (pack,) = (local.path / "packs").glob("*.jsonl")
    return pack


def test_a_packed_store_is_checked_like_a_loose_one(local: LocalStore) -> None:
    ids = [new_run_id() for _ in range(3)]
    for run_id in ids:
        record_run(local, run_id)
    loose = fsck(local, data=True)
    packed(local)
    report = fsck(local, data=True)
    assert (report.findings, {**report.counts, "packs": 0}) == ([], {**loose.counts})
    assert report.counts["packs"] == 1


def test_damage_in_a_pack_is_told_with_its_place_and_left_there(local: LocalStore) -> None:
    run_id = new_run_id()
    record_run(local, run_id)
    pack = packed(local)
    at = line_start(pack.read_bytes(), replaced(pack, b'{"a":1}', b'{"a":7}'))
    report = fsck(local, data=True)
    assert kinds(report) == {"damaged": 1, "missing": 1, "pack": 1}
    (damaged,) = report.of_kind("damaged")
    assert (damaged.run, damaged.offset, damaged.path.split(":")[0]) == (run_id, at, f"packs/{pack.name}")
    content = pack.read_bytes()
    deeds = repair(local, report)
    assert [deed.text for deed in deeds] == ["left as it is: it lies in a pack, which never changes"]
    assert pack.read_bytes() == content
    assert local.read(run_id)["condition"] == "damaged"


def test_a_pack_without_its_table_of_contents_is_told(local: LocalStore, run_id: str) -> None:
    record_run(local, run_id)
    pack = packed(local)
    pack.write_bytes(pack.read_bytes()[:-40])
    assert kinds(fsck(local)) == {"pack": 1}


def test_points_in_a_block_are_checked_against_the_seal(local: LocalStore, run_id: str) -> None:
    from nbtrack.store.writing.compaction import compact

    writer = local.begin(run_id, {})
    for step in range(2000):
        writer.point({"loss": 1 / (step + 1), "acc": step / 7})
    writer.close("finished", 1.0)
    compact(local._folder.run(run_id), least=0)
    (block,) = local._folder.run(run_id).glob("mb-*")
    assert (fsck(local, data=True).findings, fsck(local).counts["points"]) == ([], 2000)
    content = bytearray(block.read_bytes())
    content[len(content) // 2] ^= 1
    block.write_bytes(content)
    report = fsck(local)
    assert {"damaged", "missing"} == set(kinds(report))
    assert not any(deed.done for deed in repair(local, report) if deed.path)
    assert block.read_bytes() == bytes(content)


def test_what_a_folders_manifest_lists_must_be_there_too(local: LocalStore, run_id: str, tmp_path: Path) -> None:
    from nbtrack.model.document import FOLDER
    from nbtrack.store.objects.folders import keep_folder

    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights.bin").write_bytes(b"weights")
    record_run(local, run_id)
    kept = keep_folder(local, tmp_path / "model")
    local.annotate(run_id, "artifact", {"name": "model", **kept.ref.members(), "media_type": FOLDER})
    assert fsck(local, data=True).findings == []
    local._objects.path(hashlib.sha256(b"weights").hexdigest()).unlink()
    assert kinds(fsck(local)) == {"absent": 1}
