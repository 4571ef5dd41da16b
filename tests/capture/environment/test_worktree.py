"""What differs from the commit is what git says - and nothing a repository names is ever run."""

import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from nbtrack.capture.environment import worktree
from nbtrack.capture.environment.code import find_repository, state_of
from nbtrack.capture.environment.worktree import Change, Unreadable, look_at

Git = Callable[..., str]


def changes(folder: Path) -> list[Change]:
    found = find_repository(folder)
    assert found is not None
    with look_at(found, state_of(found)["commit"]) as tree:
        return tree.changes()


def patch(folder: Path, *paths: str) -> str:
    found = find_repository(folder)
    assert found is not None
    with look_at(found, state_of(found)["commit"]) as tree:
        return tree.patch(paths).decode()


def commit(git: Git, top: Path, **files: str) -> None:
    for name, text in files.items():
        (top / f"{name}.py").write_text(text)
    git(top, "add", ".")
    git(top, "commit", "-q", "-m", "files")


def test_staged_and_unstaged_changes_are_told(git: Git, repository: Path) -> None:
    commit(git, repository, same="1\n", edited="1\n", gone="1\n", staged="1\n")
    (repository / "edited.py").write_text("22\n")
    (repository / "staged.py").write_text("22\n")
    (repository / "new.py").write_text("1\n")
    (repository / "untracked.py").write_text("1\n")
    (repository / "gone.py").unlink()
    git(repository, "add", "staged.py", "new.py")
    assert changes(repository) == [("edited.py", "M"), ("gone.py", "D"), ("new.py", "A"), ("staged.py", "M")]


def test_a_file_that_was_only_touched_has_not_changed(git: Git, repository: Path) -> None:
    commit(git, repository, same="1\n")
    os.utime(repository / "same.py", (1, 1))
    assert changes(repository) == []


def test_a_change_of_the_same_length_in_the_tick_of_the_index_is_seen(git: Git, repository: Path) -> None:
    commit(git, repository, a="1\n")
    (repository / "a.py").write_text("2\n")
    stamp = (repository / ".git" / "index").stat().st_mtime_ns
    os.utime(repository / "a.py", ns=(stamp, stamp))
    assert changes(repository) == [("a.py", "M")]


def test_the_patch_makes_the_commit_what_the_worktree_is(git: Git, repository: Path, tmp_path: Path) -> None:
    commit(git, repository, a="one\n", b="two\n")
    git(repository, "clone", "-q", ".", str(tmp_path / "clone"))
    (repository / "a.py").write_text("one\nünd more\n")
    (repository / "c d.py").write_text("three\n")
    git(repository, "add", "c d.py")
    (tmp_path / "changes.patch").write_text(patch(repository, "a.py", "c d.py"))
    git(tmp_path / "clone", "apply", str(tmp_path / "changes.patch"))
    assert [(tmp_path / "clone" / name).read_text() for name in ("a.py", "c d.py")] == ["one\nünd more\n", "three\n"]


def test_binary_files_are_only_named(git: Git, repository: Path) -> None:
    commit(git, repository, a="1\n")
    (repository / "model.bin").write_bytes(b"\0\1\2" * 100)
    git(repository, "add", "model.bin")
    assert patch(repository, "model.bin").endswith("Binary files /dev/null and b/model.bin differ\n")


def test_before_the_first_commit_everything_is_added(git: Git, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert changes(tmp_path) == []
    (tmp_path / "a.py").write_text("1\n")
    git(tmp_path, "add", "a.py")
    assert changes(tmp_path) == [("a.py", "A")]


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_hashes_of_both_kinds_work(git: Git, tmp_path: Path, form: str) -> None:
    git(tmp_path, "init", "-q", f"--object-format={form}")
    commit(git, tmp_path, a="1\n")
    (tmp_path / "a.py").write_text("22\n")
    assert changes(tmp_path) == [("a.py", "M")]


def test_a_detached_head_a_worktree_and_a_split_index_work(git: Git, repository: Path, tmp_path: Path) -> None:
    commit(git, repository, a="1\n")
    git(repository, "worktree", "add", "-q", "--detach", str(tmp_path / "side"))
    git(tmp_path / "side", "update-index", "--split-index")
    (tmp_path / "side" / "a.py").write_text("22\n")
    assert changes(tmp_path / "side") == [("a.py", "M")]
    assert changes(repository) == []


def test_a_submodule_counts_by_its_commit_only(git: Git, repository: Path, tmp_path: Path) -> None:
    commit(git, repository, a="1\n")
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "-q")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(repository), "lib")
    git(outer, "commit", "-q", "-m", "with lib")
    (outer / "lib" / "a.py").write_text("22\n")
    assert changes(outer) == []
    assert changes(outer / "lib") == [("a.py", "M")]
    git(outer / "lib", "commit", "-q", "-a", "-m", "more")
    assert changes(outer) == [("lib", "M")]


def test_line_ends_are_compared_as_the_repository_says(git: Git, repository: Path) -> None:
    git(repository, "config", "core.autocrlf", "true")
    commit(git, repository, a="1\n2\n")
    (repository / "a.py").write_bytes(b"1\r\n2\r\n")
    assert changes(repository) == []


def test_which_files_are_tracked_is_told_with_their_hash(git: Git, repository: Path) -> None:
    commit(git, repository, a="1\n")
    found = find_repository(repository)
    assert found is not None
    with look_at(found, None) as tree:
        assert tree.tracked(["a.py", "no.py", "*.py", "-x"]) == {"a.py": git(repository, "rev-parse", "HEAD:a.py")}


def plant(git: Git, top: Path, script: Path) -> None:
    """Name a program of ours wherever a repository can name one."""
    settings = {
        "core.fsmonitor": str(script),
        "core.hooksPath": str(script.parent / "hooks"),
        "core.pager": str(script),
        "core.sshCommand": str(script),
        "core.attributesFile": str(script.parent / "attributes"),
        "diff.external": str(script),
        "diff.planted.textconv": str(script),
        "diff.planted.command": str(script),
        "filter.planted.clean": str(script),
        "filter.planted.required": "true",
        "filter.a=b.process": str(script),
        "credential.helper": f"!{script}",
        "gpg.program": str(script),
        "alias.diff": f"!{script}",
        "alias.ls-files": f"!{script}",
    }
    for name, value in settings.items():
        git(top, "config", name, value)
    (script.parent / "attributes").write_text("* filter=planted diff=planted\n")
    (top / ".gitattributes").write_text("*.py filter=planted diff=planted\n*.txt filter=a=b diff=planted\n")
    (top / ".git" / "info" / "attributes").write_text("* filter=planted diff=planted\n")
    (script.parent / "hooks").mkdir()
    for hook in ("post-index-change", "fsmonitor-watchman", "reference-transaction"):
        shutil.copy(script, script.parent / "hooks" / hook)


def test_nothing_a_repository_names_is_run(git: Git, repository: Path, tmp_path: Path) -> None:
    commit(git, repository, a="1\n")
    mark = tmp_path / "was-run"
    script = tmp_path / "planted" / "program"
    script.parent.mkdir()
    script.write_text(f"#!/bin/sh\necho x >> {mark}\ncat\n")
    script.chmod(0o755)
    plant(git, repository, script)
    mark.unlink(missing_ok=True)  # git itself ran some of them meanwhile
    (repository / "a.py").write_text("22\n")
    (repository / "b.txt").write_text("22\n")
    os.utime(repository / "a.py", (1, 1))
    assert ("a.py", "M") in changes(repository)
    assert "+22" in patch(repository, "a.py")
    assert not mark.exists()
    with suppress(subprocess.CalledProcessError):
        git(repository, "diff", "HEAD")
    assert mark.exists(), "the trap works: git as it is configured falls into it"


def test_the_variables_of_the_process_name_no_program_either(
    git: Git, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(git, repository, a="1\n")
    (repository / "a.py").write_text("22\n")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", f"touch {tmp_path / 'was-run'}; true")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", f"'diff.external=touch {tmp_path / 'was-run'}; true'")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert "+22" in patch(repository, "a.py")
    assert not (tmp_path / "was-run").exists()


def test_the_repository_is_left_as_it_was(git: Git, repository: Path) -> None:
    commit(git, repository, a="1\n")
    os.utime(repository / "a.py", (1, 1))
    (repository / ".git" / "index.lock").write_text("")
    before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(repository.rglob("*"))}
    assert changes(repository) == []
    assert {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(repository.rglob("*"))} == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_repository_of_somebody_else_is_read_all_the_same(git: Git, repository: Path) -> None:
    commit(git, repository, a="1\n")
    (repository / "a.py").write_text("22\n")
    for path in (repository, *repository.rglob("*")):
        os.chown(path, 12345, 12345)
    with pytest.raises(subprocess.CalledProcessError):  # "detected dubious ownership"
        git(repository, "status")
    assert changes(repository) == [("a.py", "M")]


def test_a_partial_clone_fetches_nothing(git: Git, repository: Path, tmp_path: Path) -> None:
    commit(git, repository, a="1\n", b="2\n")
    git(repository, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{repository}", "partial")
    shutil.move(repository, tmp_path / "away")
    assert changes(tmp_path / "partial") == [("a.py", "D"), ("b.py", "D")]
    (tmp_path / "partial" / "a.py").write_text("22\n")
    with pytest.raises(Unreadable):
        patch(tmp_path / "partial", "a.py")


def test_a_bare_repository_has_no_worktree(git: Git, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "bare.git")
    assert find_repository(tmp_path / "bare.git") is None


def test_without_git_it_cannot_be_told(repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unreadable, match="git is not installed"):
        changes(repository)


def test_a_git_that_hangs_is_killed_with_what_it_started(
    git: Git, repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert changes(repository) == []
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\nsleep 60 &\necho $! > {tmp_path / 'child'}\nwait\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(worktree, "SECONDS", 0.3)
    with pytest.raises(Unreadable, match="longer than"):
        changes(repository)
    child = Path(f"/proc/{(tmp_path / 'child').read_text().strip()}/cmdline")
    assert not child.exists() or not child.read_bytes()


@pytest.mark.parametrize("content", [b"", b"DIRC", b"\xff" * 1000])
def test_a_damaged_index_is_said(git: Git, repository: Path, content: bytes) -> None:
    commit(git, repository, a="1\n")
    (repository / ".git" / "index").write_bytes(content)
    with pytest.raises(Unreadable):
        changes(repository)


def test_a_pipe_in_the_place_of_the_index_is_not_waited_for(git: Git, repository: Path) -> None:
    commit(git, repository, a="1\n")
    (repository / ".git" / "index").unlink()
    os.mkfifo(repository / ".git" / "index")
    with pytest.raises(Unreadable):
        changes(repository)
