"""What no commit has is kept: as a patch, and as sources."""

from collections.abc import Callable
from pathlib import Path

from nbtrack.capture.environment.code import find_repository, state_of
from nbtrack.capture.environment.modules import Source
from nbtrack.capture.environment.uncommitted import PATCH, Uncommitted, changes_in, modules_in
from nbtrack.capture.environment.worktree import look_at

Git = Callable[..., str]


def look(top: Path, *names: str) -> tuple[Uncommitted, Uncommitted]:
    found = find_repository(top)
    assert found is not None
    sources = [Source(name, f"{top}/{name}", Path(name).stem) for name in names]
    with look_at(found, state_of(found)["commit"]) as worktree:
        changes = worktree.changes()
        return changes_in(worktree, changes), modules_in(sources, worktree, changes)


def commit(git: Git, top: Path, *names: str) -> None:
    for name in names:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text("x = 1\n")
    git(top, "add", ".")
    git(top, "commit", "-q", "-m", "files")


def test_a_clean_worktree_has_nothing_to_keep(git: Git, repository: Path) -> None:
    commit(git, repository, "a.py")
    blob = git(repository, "rev-parse", "HEAD:a.py")
    changed, modules = look(repository, "a.py")
    assert changed == Uncommitted({"dirty": False, "changed": {}})
    assert modules == Uncommitted(
        modules={"a.py": {"module": "a", "tracked": True, "blob": blob}}, committed={"code/a.py": b"x = 1\n"}
    )


def test_changed_and_untracked_sources_are_kept_beside_the_patch(git: Git, repository: Path) -> None:
    commit(git, repository, "a.py", "b.py")
    for name in ("a.py", "new.py"):
        (repository / name).write_text("x = 2\n")
    changed, modules = look(repository, "a.py", "b.py", "new.py")
    assert changed.record == {"dirty": True, "changed": {"a.py": "M"}}
    assert b"-x = 1\n+x = 2\n" in changed.texts[PATCH]
    assert {name: about["tracked"] for name, about in modules.modules.items()} == {
        "a.py": True,
        "b.py": True,
        "new.py": False,
    }
    assert modules.texts == {"code/a.py": b"x = 2\n", "code/new.py": b"x = 2\n"}


def test_without_git_every_source_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    found = modules_in([Source("a.py", f"{tmp_path}/a.py", "a")], None)
    assert found == Uncommitted({}, {"a.py": {"module": "a", "tracked": False}}, {"code/a.py": b"x = 1\n"})


def test_notebooks_deleted_large_and_secret_files_are_named_only(git: Git, repository: Path) -> None:
    names = ["n.ipynb", "gone.py", "large.csv", ".env", "a.py"]
    commit(git, repository, *names)
    for name in names:
        (repository / name).write_text("x = 2\n" * (400_000 if name == "large.csv" else 1))
    (repository / "gone.py").unlink()
    changed, _ = look(repository)
    assert changed.record["unpatched"] == [".env", "gone.py", "large.csv", "n.ipynb"]
    assert changed.texts[PATCH].count(b"diff --git ") == 1


def test_our_own_store_is_no_change(git: Git, repository: Path) -> None:
    commit(git, repository, ".nbtrack/runs/a.jsonl")
    (repository / ".nbtrack" / "runs" / "a.jsonl").write_text("more\n")
    changed, _ = look(repository)
    assert changed.record == {"dirty": False, "changed": {}}


def test_a_patch_that_is_too_long_ends_with_a_whole_file(git: Git, repository: Path) -> None:
    names = [f"f{number}.txt" for number in range(3)]
    commit(git, repository, *names)
    for name in names:
        (repository / name).write_text("y" * 79 + "\n" if name == "f0.txt" else ("z" * 79 + "\n") * 9000)
    changed, _ = look(repository)
    assert changed.texts[PATCH].count(b"diff --git ") == 2
    assert changed.texts[PATCH].endswith(b"z\n")


def test_names_that_are_no_utf8_can_be_recorded(git: Git, repository: Path) -> None:
    commit(git, repository, "a.py")
    name = b"caf\xe9.py"
    (repository / "a.py").rename(repository / name.decode("utf-8", "surrogateescape"))
    git(repository, "add", ".")
    changed, _ = look(repository)
    assert changed.record["changed"] == {"a.py": "D", "caf\ufffd.py": "A"}


def test_changed_binary_files_are_kept_whole_without_secrets(git: Git, repository: Path) -> None:
    commit(git, repository, "a.bin", "secret.bin", "a.py")
    (repository / "a.bin").write_bytes(b"\0\1\2")
    (repository / "secret.bin").write_bytes(b"\0\1 https://me:hunter2@example.org/ \2")
    changed, _ = look(repository)
    assert changed.files == {"a.bin": b"\0\1\2"}
    assert changed.record["unpatched"] == ["secret.bin"]
    assert changed.texts == {}


def test_a_source_from_elsewhere_says_where_it_is_from(git: Git, repository: Path, tmp_path: Path) -> None:
    (tmp_path / "libs" / "src").mkdir(parents=True)
    (tmp_path / "libs" / "src" / "own.py").write_text("x = 1\n")
    source = Source("src/own.py", f"{tmp_path}/libs/src/own.py", "own", f"{tmp_path}/libs")
    found = modules_in([source], None, home=str(repository))
    about = {"module": "own", "tracked": False, "root": f"{tmp_path}/libs", "path": "src/own.py"}
    assert found.modules == {"src/own.py": about}
    assert modules_in([source], None, home=f"{tmp_path}/libs").modules == {
        "src/own.py": {"module": "own", "tracked": False}
    }
