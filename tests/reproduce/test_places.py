"""Where reproductions happen: gone when they end, kept when they are to be, and never in the way of one another."""

import contextlib
import os
import time
from pathlib import Path

import pytest

from nbtrack.reproduce.places import Place, Places, cache_folder, remove


def test_the_cache_is_where_the_system_wants_it() -> None:
    assert cache_folder({"NBTRACK_CACHE": "/x"}) == Path("/x")
    assert cache_folder({"LOCALAPPDATA": "/local"}, "win32") == Path("/local/nbtrack")
    assert cache_folder({}, "darwin") == Path.home() / "Library" / "Caches" / "nbtrack"
    assert cache_folder({"XDG_CACHE_HOME": "relative"}, "linux") == Path.home() / ".cache" / "nbtrack"


def test_an_attempt_leaves_nothing(tmp_path: Path) -> None:
    with Places(tmp_path).attempt("abc", "usual") as place:
        place.sources().mkdir()
        (place.sources() / "x").write_text("1")
        assert (place.modules / "nbtrack" / "__init__.py").exists()
        assert [each.name for each in place.modules.iterdir()] == ["nbtrack"]
    assert list((tmp_path / "attempts").iterdir()) == []


def test_an_attempt_that_is_to_be_kept_stays(tmp_path: Path) -> None:
    with Places(tmp_path).attempt("abc", "usual", keep=True) as place:
        (place.folder / "x").write_text("1")
    Places(tmp_path).tidy()
    assert (place.folder / "x").read_text() == "1"


def interrupted(places: Places, *, restored: bool) -> Place:
    seen: list[Place] = []

    def attempt() -> None:
        with places.attempt("abc", "usual") as place:
            seen.append(place)
            place.sources().mkdir()
            (place.sources() / "x").write_text("1")
            if restored:
                place.finished.write_text("{}")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attempt()
    return seen[0]


def test_what_was_restored_waits_for_the_next_attempt_with_the_same_options(tmp_path: Path) -> None:
    places = Places(tmp_path)
    before = interrupted(places, restored=True)
    with places.attempt("abc", "others") as other:
        assert not other.finished.exists()
    with places.attempt("abc", "usual") as place:
        assert (place.sources() / "x").read_text() == "1"
        assert place.folder != before.folder
    with places.attempt("abc", "usual") as place:
        assert not place.finished.exists()


def test_what_was_restored_in_part_is_thrown_away(tmp_path: Path) -> None:
    place = interrupted(Places(tmp_path), restored=False)
    assert not place.folder.exists()
    assert not (tmp_path / "kept").exists()


def test_folders_of_dead_processes_and_old_ones_are_removed(tmp_path: Path) -> None:
    places = Places(tmp_path)
    alive, dead = tmp_path / "attempts" / f"abc-{os.getpid()}-00", tmp_path / "attempts" / "abc-999999999-00"
    fresh, old = tmp_path / "kept" / "abc-fresh", tmp_path / "kept" / "abc-old"
    for each in (alive, dead, fresh, old):
        each.mkdir(parents=True)
    os.utime(old, (0, time.time() - 30 * 86_400))
    places.tidy()
    assert [each.exists() for each in (alive, dead, fresh, old)] == [True, False, True, False]


def test_what_a_program_made_unwritable_is_removed_and_links_are_not_followed(tmp_path: Path) -> None:
    precious, folder = tmp_path / "precious", tmp_path / "attempt"
    precious.mkdir()
    (precious / "x").write_text("1")
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "file").write_text("1")
    (folder / "link").symlink_to(precious)
    (folder / "deep").chmod(0o500)
    remove(folder)
    assert not folder.exists()
    assert (precious / "x").read_text() == "1"


def test_folders_nested_deeper_than_functions_can_go_are_removed(tmp_path: Path) -> None:
    here, top = os.open(tmp_path, os.O_RDONLY), tmp_path / "deep"
    top.mkdir()
    for name in ("deep", *["d"] * 1500):
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    remove(top)
    assert not top.exists()


def test_a_folder_of_another_name_among_the_attempts_breaks_nothing(tmp_path: Path) -> None:
    for name in ("junk", "a-99999999999999999999-b", "a-\u00b2-b", "-"):
        (tmp_path / "attempts" / name).mkdir(parents=True)
    Places(tmp_path).tidy()


def test_a_program_may_not_write_where_the_next_attempt_looks(tmp_path: Path) -> None:
    place = Place(tmp_path / "w")
    place.make()
    writable = place.writable(1)
    assert all(each.is_dir() for each in writable)
    for own in (place.finished, place.folder / "job.json", place.modules, place.sources(), place.store(2)):
        assert not any(own == each or each in own.parents for each in writable)
