"""Torn, flipped, cut, copied and merged segments: every whole record is returned, everything else reported."""

import shutil
from pathlib import Path
from time import gmtime, strftime

import pytest

from nbtrack.errors import StoreError
from nbtrack.model.ids import month_of, new_run_id
from nbtrack.store.local import LocalStore
from nbtrack.store.runs.live import Live
from nbtrack.store.runs.reading import Reading


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
    return {path.name[:2]: path for path in local._folder.run(run_id).iterdir()}


def fresh(local: LocalStore) -> LocalStore:
    shutil.rmtree(local.path / "cache")
    (local.path / "cache").mkdir()
    return LocalStore(local.path)


def test_a_segment_cut_at_any_byte_gives_exactly_its_whole_records(local: LocalStore, run_id: str) -> None:
    path = record_run(local, run_id)["ev"]
    whole = path.read_bytes()
    path.chmod(0o600)
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        reading = Reading(run_id, path.parent)
        reading.refresh()
        records = [line for line in whole[:size].split(b"\n")[:-1] if b'"k":"head"' not in line]
        assert (len(reading._events), reading.findings) == (len(records), [])


def test_a_zero_filled_tail_is_a_torn_tail(local: LocalStore, run_id: str) -> None:
    path = record_run(local, run_id, close=False)["mx"]
    with path.open("ab") as file:
        file.write(bytes(512))
    run = local.read(run_id)
    assert (run["curves"]["loss"]["count"], run["health"]["ok"]) == (4, True)


def test_a_corrupt_middle_line_is_skipped_and_reported(local: LocalStore, run_id: str) -> None:
    path = record_run(local, run_id)["ev"]
    path.write_bytes(path.read_bytes().replace(b'{"a":1}', b'{"a":7}'))
    run = fresh(local).runs().documents[0]
    assert (run["params"], run["status"]) == ({"b": 2}, "finished")
    assert run["health"] == {"ok": False, "damaged": 1, "missing": 1, "unsealed": 0, "divergent": 0}


def test_a_missing_line_is_reported(local: LocalStore, run_id: str) -> None:
    path = record_run(local, run_id)["ev"]
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join(line for line in lines if b'{"a":1}' not in line))
    assert fresh(local).runs().documents[0]["health"]["missing"] == 1


def test_a_missing_point_of_an_open_run_is_reported_and_the_others_returned(local: LocalStore, run_id: str) -> None:
    path = record_run(local, run_id, close=False)["mx"]
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join(line for line in lines if b'"s":2,' not in line))
    assert local.points(run_id, "loss").steps == (0, 1, 3)
    assert local.read(run_id)["health"]["missing"] == 1


def test_a_line_added_by_hand_counts_but_shows(local: LocalStore, run_id: str) -> None:
    path = record_run(local, run_id)["ev"]
    with path.open("ab") as file:
        file.write(b'{"k":"tags","v":{"mine":"yes"},"l":99}\n')
    run = fresh(local).runs().documents[0]
    assert run["tags"] == {"mine": "yes"}
    assert run["health"] == {"ok": False, "damaged": 0, "missing": 0, "unsealed": 1, "divergent": 0}


def test_lines_twice_as_after_a_union_merge_count_once(local: LocalStore, run_id: str) -> None:
    paths = record_run(local, run_id)
    before = local.runs().documents[0]
    for path in paths.values():
        content = path.read_bytes()
        path.write_bytes(content + content)
        (path.parent / path.name.replace("-0.", "-7.")).write_bytes(content)
    assert fresh(local).runs().documents[0] == before
    assert local.points(run_id, "loss").steps == (0, 1, 2, 3)


def test_two_records_with_one_identity_are_both_kept_and_reported(local: LocalStore, run_id: str) -> None:
    from nbtrack.store.lines.record import decode, encode

    path = record_run(local, run_id)["ev"]
    (line,) = (line for line in path.read_bytes().split(b"\n") if b'{"a":1}' in line)
    members = {key: value for key, value in decode(line).record.items() if key != "c"}
    with path.open("ab") as file:
        file.write(encode({**members, "v": {"other": 1}}))
    run = fresh(local).runs().documents[0]
    assert run["params"] == {"a": 1, "b": 2, "other": 1}
    assert (run["health"]["ok"], run["health"]["divergent"]) == (False, 1)


def test_a_segment_copied_into_another_runs_folder_is_not_its(local: LocalStore) -> None:
    one, two = "20261121t101530-aaaaaaaa", "20261121t101530-bbbbbbbb"
    paths, _ = record_run(local, one), record_run(local, two)
    target = local._folder.run(two) / paths["ev"].name
    target.write_bytes(paths["ev"].read_bytes())
    run = fresh(local).read(two)
    assert (run["name"], run["params"], run["health"]["damaged"]) == ("whole", {"a": 1, "b": 2}, 1)


def test_one_unreadable_run_does_not_hide_the_others(local: LocalStore) -> None:
    one, two = "20261121t101530-aaaaaaaa", "20261121t101530-bbbbbbbb"
    record_run(local, two)
    path = record_run(local, one)["ev"]
    path.write_bytes(b"\x00\xff" * 500 + b"\n" + b"{" * 3000 + b"\n")
    runs = {run["id"]: run for run in fresh(local).runs().documents}
    assert (runs[two]["health"]["ok"], runs[one]["health"]["ok"]) == (True, False)
    assert (runs[one]["name"], runs[one]["started"]) == ("aaaaaa", 1795256130000)


def test_a_link_in_a_runs_folder_is_not_followed(local: LocalStore, run_id: str, tmp_path: Path) -> None:
    record_run(local, run_id)
    secret = tmp_path / "secret.jsonl"
    secret.write_bytes(b'{"k":"note","v":"leaked","l":99}\n')
    (local._folder.run(run_id) / "ev-aaaaaaaaaaaa-0.jsonl").symlink_to(secret)
    assert local.read(run_id)["note"] is None


def test_a_run_of_a_newer_format_is_shown_as_such(local: LocalStore, run_id: str) -> None:
    from nbtrack.store.lines.record import encode

    record_run(local, run_id)
    head = {"k": "head", "fmt": 9, "min_reader": 9, "run": run_id, "w": "aaaaaaaaaaaa", "seg": 0}
    (local._folder.run(run_id) / "ev-aaaaaaaaaaaa-0.jsonl").write_bytes(encode(head) + b'{"k":"note","v":"?","l":9}\n')
    run = local.read(run_id)
    assert (run["name"], run["note"], run["health"]["ok"]) == ("whole", None, False)
    assert run["warnings"] == ["written by a newer nbtrack (format 9); update nbtrack to read it"]


@pytest.mark.parametrize("size", [0, 1, 17, 200])
def test_an_open_run_is_read_on_from_where_its_tail_was_torn(local: LocalStore, run_id: str, size: int) -> None:
    path = record_run(local, run_id, close=False)["mx"]
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - size])
    reading = Reading(run_id, path.parent)
    reading.refresh()
    path.write_bytes(whole)
    reading.refresh()
    assert reading.document([], Live(local.path))["curves"]["loss"]["count"] == 4


def linked(path: Path, outside: Path) -> None:
    """Put a link to a folder elsewhere in a folder's place."""
    outside.mkdir()
    if path.is_dir():
        path.rename(path.with_name("moved"))
    path.symlink_to(outside, target_is_directory=True)


@pytest.mark.parametrize("name", ["runs", "meta", "live", "cas", "cache", "tmp"])
def test_nothing_is_written_through_a_link_in_place_of_a_folder(folder: Path, tmp_path: Path, name: str) -> None:
    first = LocalStore(folder).begin(new_run_id(), {})
    first.close("finished", 1)
    linked(folder / name, tmp_path / "outside")
    store = LocalStore(folder)
    with pytest.raises(StoreError, match="is a link"):
        store.begin(new_run_id(), {})
    with pytest.raises(StoreError, match="is a link"):
        store.put(b"content")
    store.runs()
    assert list((tmp_path / "outside").iterdir()) == []


def test_nothing_is_written_through_a_link_in_place_of_a_months_folder(folder: Path, tmp_path: Path) -> None:
    store = LocalStore(folder)
    run_id = new_run_id()
    store.begin(run_id, {}).close("finished", 1)
    linked(folder / "runs" / month_of(run_id), tmp_path / "runs outside")
    with pytest.raises(StoreError, match="is a link"):
        store.begin(new_run_id(), {})
    assert list((tmp_path / "runs outside").iterdir()) == []


def test_changes_and_objects_are_not_written_through_links_either(folder: Path, tmp_path: Path) -> None:
    store = LocalStore(folder)
    run_id = new_run_id()
    store.begin(run_id, {}).close("finished", 1)
    linked(folder / "meta" / strftime("%Y-%m", gmtime()), tmp_path / "meta outside")
    with pytest.raises(StoreError, match="is a link"):
        store.annotate(run_id, "note", "x")
    linked(folder / "cas" / "sha256", tmp_path / "cas outside")
    with pytest.raises(StoreError, match="is a link"):
        store.put(b"content")
    assert [*(tmp_path / "meta outside").iterdir(), *(tmp_path / "cas outside").iterdir()] == []
    assert list((folder / "tmp").iterdir()) == []
