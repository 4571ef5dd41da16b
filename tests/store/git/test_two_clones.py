"""A store in git: clones that record, annotate, delete, pack and collect on their own are merged without a conflict."""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.model.foreign_git import OBEYING_NOBODY
from nbtrack.store.check.fsck import fsck
from nbtrack.store.folder import Folder, about_of
from nbtrack.store.git.committed import committed
from nbtrack.store.git.rules import ATTRIBUTES, IGNORED
from nbtrack.store.housekeeping.gc import Collector
from nbtrack.store.housekeeping.maintenance import maintaining
from nbtrack.store.housekeeping.packing import Packed, Packer
from nbtrack.store.local import LocalStore

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
ALIKE = {f"param_{number}": number for number in range(100)}  # what makes git take one run for another's new name
WHO = {f"GIT_{role}_{what}": told for role in ("AUTHOR", "COMMITTER") for what, told in (("NAME", "n"), ("EMAIL", "e"))}


def git(folder: Path, *arguments: str) -> str:
    allowed = {**OBEYING_NOBODY, "GIT_ALLOW_PROTOCOL": "file", "GIT_LITERAL_PATHSPECS": "0", **WHO}
    done = subprocess.run(
        ["git", "-c", "core.autocrlf=true", "-c", "core.safecrlf=false", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **allowed},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    return done.stdout


class Clone:
    """A clone of a project with a store, and what a person does in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / ".nbtrack"

    def run(self, name: str, count: int = 1, **params: Any) -> str:
        store = LocalStore(self.path)
        for at in range(count):
            with nbtrack.start_run(f"{name}-{at}", store=store, params={**ALIKE, **params}) as opened:
                opened.log(f1=0.5 + at / 100)
        return opened.id

    def annotate(self, run_id: str, tag: str) -> None:
        store = LocalStore(self.path)
        store.annotate(run_id, "tags", {tag: True})
        store.annotate(run_id, "note", f"note of {tag}")

    def delete(self, run_id: str) -> None:
        nbtrack.delete_run(run_id, store=LocalStore(self.path))

    def pack(self) -> Packed:
        with maintaining(self.path, "pack") as lock:
            return Packer(self.path, older_than=0, now=time.time() + 5, committed=committed(self.path)).pack(lock)

    def collect(self) -> None:
        gone = [each["id"] for each in LocalStore(self.path).runs().everything if each["deleted"]]
        later = time.time() + 30 * 86_400
        with maintaining(self.path, "gc") as lock:
            Collector(self.path, now=later, deleted=gone, committed=committed(self.path)).collect(lock)

    def commit(self, message: str) -> None:
        git(self.folder, "add", ".")
        git(self.folder, "commit", "-q", "--allow-empty", "-m", message)

    def answers(self) -> list[tuple[Any, ...]]:
        runs = nbtrack.runs(order_by="name", store=LocalStore(self.path))
        return [(run.id, run.name, dict(run.metrics), dict(run.tags), run.note, run.status) for run in runs]


@pytest.fixture
def clones(tmp_path: Path) -> tuple[Clone, Clone, str]:
    """Two clones of a project with three committed runs, and the id of one of these."""
    git(tmp_path, "init", "-q", "-b", "main", "first")
    first = Clone(tmp_path / "first")
    (first.folder / ".gitattributes").write_text("* text=auto eol=crlf\n*.jsonl filter=lfs diff=lfs merge=lfs -text\n")
    shared = first.run("shared", 3)
    first.commit("three runs")
    git(tmp_path, "clone", "-q", "first", "second")
    return first, Clone(tmp_path / "second"), shared


def work_apart(clones: tuple[Clone, Clone, str]) -> None:
    """Both clones do all that people do, twice, so that each commits files like those that the other takes away."""
    *both, shared = clones
    for clone in both:
        name = clone.folder.name
        clone.annotate(shared, name)
        own = clone.run(f"{name} a", 2)
        clone.commit("runs, loose")
        clone.delete(own)
        if name == "first":
            clone.delete(
                next(each["id"] for each in LocalStore(clone.path).runs().documents if "shared-0" in each["name"])
            )
        clone.collect()
        clone.pack()
        clone.run(f"{name} b", 1)
        clone.pack()
        clone.run(f"{name} c", 1)
        clone.commit("packed and collected")


@pytest.mark.slow
@pytest.mark.parametrize("how", [("--no-rebase", "--no-edit"), ("--rebase",)])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_whatever_two_clones_do_git_joins_them_without_a_conflict(clones, how: tuple[str, ...], order) -> None:
    work_apart(clones)
    one, other = clones[order[0]], clones[order[1]]
    git(one.folder, "pull", "-q", *how, str(other.folder), "main")
    git(other.folder, "pull", "-q", *how, str(one.folder), "main")
    assert one.answers() == other.answers()
    names = {name for _, name, *_ in one.answers()}
    assert names == {"shared-1", "shared-2"} | {f"{c} {r}-0" for c in ("first", "second") for r in "abc"}
    tags = next(tags for _, name, _, tags, *_ in one.answers() if name == "shared-2")
    assert tags == {"first": True, "second": True}
    for clone in (one, other):
        assert fsck(clone.path, data=True).wrong == []
        assert git(clone.folder, "status", "--porcelain") == ""


def test_packs_that_were_never_loose_in_git_are_merged(clones) -> None:
    first, second, _ = clones
    for clone in (first, second):
        clone.run(clone.folder.name, 3)
        assert clone.pack().runs == 3
        assert clone.pack().stayed == {"committed to git": clone.pack().stayed["committed to git"]}
        clone.commit("a pack")
    git(first.folder, "pull", "-q", "--no-rebase", "--no-edit", str(second.folder), "main")
    assert len(list((first.path / "packs").iterdir())) == 2
    assert fsck(first.path, data=True).wrong == []
    assert len(first.answers()) == 9


def test_what_git_has_is_neither_packed_nor_collected(clones) -> None:
    first, _, shared = clones
    before = git(first.folder, "ls-files")
    first.delete(shared)
    first.collect()
    first.pack()
    assert git(first.folder, "status", "--porcelain", "--untracked-files=no") == ""
    assert all((first.folder / path).exists() for path in before.splitlines())


def test_stores_that_began_apart_become_one(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main", "first")
    first = Clone(tmp_path / "first")
    (first.folder / "README").write_text("a project\n")
    first.commit("no store yet")
    git(tmp_path, "clone", "-q", "first", "second")
    second = Clone(tmp_path / "second")
    for clone in (first, second):
        clone.run(clone.folder.name)
        clone.commit("a store")
    git(first.folder, "pull", "-q", "--no-rebase", "--no-edit", str(second.folder), "main")
    git(second.folder, "pull", "-q", "--no-rebase", "--no-edit", str(first.folder), "main")
    assert (first.path / "store.json").read_text().count("\n") == 2
    assert LocalStore(first.path).id == LocalStore(second.path).id
    assert [name for _, name, *_ in first.answers()] == ["first-0", "second-0"]
    assert first.answers() == second.answers()
    assert first.run("later")


def test_git_changes_no_byte_of_a_record_and_is_shown_only_records(clones) -> None:
    first, second, _ = clones
    files = [path for path in git(first.folder, "ls-files", ".nbtrack").splitlines() if not path.endswith(".json")]
    assert {path.split("/")[1] for path in files} == {".gitattributes", ".gitignore", "runs"}
    for path in files:
        assert (first.folder / path).read_bytes() == (second.folder / path).read_bytes()


def test_what_an_earlier_version_told_git_is_brought_up_to_date_and_a_persons_own_is_not(tmp_path: Path) -> None:
    for name, attributes, expected in (
        ("old", "*.jsonl -text merge=union\n", ATTRIBUTES),
        ("own", "*.jsonl -text merge=union\n# mine\n", "*.jsonl -text merge=union\n# mine\n"),
    ):
        folder = Folder(tmp_path / name)
        folder.prepare()
        (folder.path / ".gitattributes").write_text(attributes)
        (folder.path / ".gitignore").write_text("cache/\ntmp/\nlive/\ncas/\n")
        Folder(tmp_path / name).prepare()
        assert (folder.path / ".gitattributes").read_text() == expected
        assert (folder.path / ".gitignore").read_text() == IGNORED


def test_a_line_of_each_store_that_git_joined_asks_what_either_asks() -> None:
    lines = b'{"id": "b", "fmt": 1, "min_reader": 1, "min_writer": 3}\n{"id": "a", "fmt": 2, "min_reader": 2, "min_writer": 1}\n'
    expected: Mapping[str, Any] = {"id": "a", "fmt": 2, "min_reader": 2, "min_writer": 3}
    assert about_of(lines) == expected == about_of(b"\n".join(reversed(lines.splitlines())))


def test_the_index_of_a_linked_worktree_and_of_two_parts_is_read(clones) -> None:
    first, _, _ = clones
    known = committed(first.path)
    assert known
    git(first.folder, "worktree", "add", "-q", "../linked", "-b", "linked")
    assert committed(first.folder.parent / "linked" / ".nbtrack") == known
    git(first.folder, "update-index", "--split-index")
    first.commit("a split index")
    assert committed(first.path) == known
    assert committed(first.folder.parent / "nowhere") == frozenset()
