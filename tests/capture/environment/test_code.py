"""The state of the code, read by hand, is what git says it is."""

import os
import subprocess
from pathlib import Path

import pytest

from nbtrack.capture.environment.code import code_state


def git(folder: Path, *arguments: str) -> str:
    """Run the real git, free of this machine's configuration."""
    settings = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_{what}": "x@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    done = subprocess.run(["git", *arguments], cwd=folder, env=settings, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    top = tmp_path / "project"
    top.mkdir()
    git(top, "init", "-q", "-b", "main")
    git(top, "commit", "-q", "--allow-empty", "-m", "first")
    return top


def head(folder: Path) -> str:
    return git(folder, "rev-parse", "HEAD")


def test_a_repository_is_told_from_any_folder_or_file_inside_it(repository: Path) -> None:
    inside = repository / "notebooks" / "deep"
    inside.mkdir(parents=True)
    (inside / "x.ipynb").write_text("{}")
    expected = {"commit": head(repository), "branch": "main", "remote": None, "repository": "project"}
    assert [code_state(folder) for folder in (repository, inside, inside / "x.ipynb", inside / "gone")] == [
        expected
    ] * 4


def test_a_folder_that_leads_elsewhere_by_now_is_followed_there(repository: Path, tmp_path: Path) -> None:
    """A link, the working directory and a folder that was moved: what was found last is looked at again."""
    other, link = tmp_path / "other", tmp_path / "link"
    other.mkdir()
    link.symlink_to(repository)
    assert code_state(link) is not None
    link.unlink()
    link.symlink_to(other)
    assert code_state(link) is None
    link.unlink()
    link.symlink_to(repository)
    before = code_state(link)
    repository.rename(tmp_path / "moved")
    assert code_state(link) is None
    link.unlink()
    link.symlink_to(tmp_path / "moved")
    assert before is not None
    assert code_state(link) == {**before, "repository": "moved"}


def test_there_is_no_state_without_a_repository(tmp_path: Path) -> None:
    assert code_state(tmp_path) is None


def test_there_is_no_commit_before_the_first(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "trunk")
    state = code_state(tmp_path)
    assert state == {"commit": None, "branch": "trunk", "remote": None, "repository": tmp_path.name}


def test_a_detached_head_has_a_commit_and_no_branch(repository: Path) -> None:
    git(repository, "checkout", "-q", "--detach")
    assert code_state(repository) == {
        "commit": head(repository),
        "branch": None,
        "remote": None,
        "repository": "project",
    }


def test_packed_refs_are_read_and_a_loose_one_wins(repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "feature/ünï")
    for name in ("feature/ünï-2", "a", "zz"):
        git(repository, "branch", name)
    git(repository, "pack-refs", "--all")
    assert (code_state(repository) or {})["commit"] == head(repository)
    git(repository, "commit", "-q", "--allow-empty", "-m", "second")
    state = code_state(repository)
    assert state == {"commit": head(repository), "branch": "feature/ünï", "remote": None, "repository": "project"}


def test_a_worktree_has_its_own_branch_and_shares_the_rest(repository: Path, tmp_path: Path) -> None:
    git(repository, "remote", "add", "origin", "https://example.org/x.git")
    git(repository, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side-tree"))
    git(tmp_path / "side-tree", "commit", "-q", "--allow-empty", "-m", "there")
    git(repository, "pack-refs", "--all")
    assert code_state(tmp_path / "side-tree") == {
        "commit": head(tmp_path / "side-tree"),
        "branch": "side",
        "remote": "https://example.org/x.git",
        "repository": "side-tree",
    }


def test_a_submodule_is_its_own_repository(repository: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "-q", "-b", "main")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(repository), "lib")
    state = code_state(outer / "lib")
    assert state is not None
    assert (state["commit"], state["repository"]) == (head(outer / "lib"), "lib")


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_hashes_of_both_kinds_are_known(tmp_path: Path, form: str) -> None:
    git(tmp_path, "init", "-q", f"--object-format={form}")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "first")
    assert (code_state(tmp_path) or {})["commit"] == head(tmp_path)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://me:{}@example.org/x.git", "https://example.org/x.git"),
        ("https://{}@example.org/x.git", "https://example.org/x.git"),
        ("git@example.org:a/x.git", "git@example.org:a/x.git"),
        ("/srv/a b/x.git", "/srv/a b/x.git"),
        ('https://example.org/"quoted"#x', 'https://example.org/"quoted"'),
    ],
)
def test_the_address_of_origin_is_told_without_credentials(repository: Path, url: str, expected: str) -> None:
    git(repository, "remote", "add", "backup", "https://elsewhere.example.org/x.git")
    git(repository, "remote", "add", "origin", url.replace("{}", "k" * 20))
    git(repository, "config", "http.extraheader", "Authorization: Basic eDp5")
    assert (code_state(repository) or {})["remote"] == expected


def test_nothing_a_repository_says_is_run(repository: Path, tmp_path: Path) -> None:
    mark = tmp_path / "was-run"
    for name in ("core.fsmonitor", "core.pager", "alias.rev-parse", "diff.external", "include.path"):
        git(repository, "config", name, f"!touch {mark}")
    assert code_state(repository) is not None
    assert not mark.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"ref: ",
        b"ref: ../../secret\n",
        b"ref: refs/../../../secret\n",
        b"ref: refs/heads/\x00\n",
        b"ref: refs/heads/a\nb\n",
        b"\xff\xfe",
        b"0" * 39,
        b"ref: refs/heads/" + b"x" * 100_000,
    ],
)
def test_a_head_git_would_not_write_is_told_as_nothing(repository: Path, content: bytes) -> None:
    (repository.parent / "secret").write_text("1" * 40)
    (repository / ".git" / "HEAD").write_bytes(content)
    state = code_state(repository)
    assert state is None or state["commit"] is None


@pytest.mark.parametrize("name", [".git", ".git/HEAD", ".git/refs/heads/main", ".git/config"])
def test_a_pipe_in_the_place_of_a_file_is_never_waited_for(repository: Path, name: str) -> None:
    path = repository / name
    path.rename(repository / "moved")
    os.mkfifo(path)
    state = code_state(repository)
    assert state is None or state["remote"] is None


def test_a_link_that_leads_nowhere_or_in_circles_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: ./missing\n")
    assert code_state(tmp_path) is None
    (tmp_path / ".git").write_text("gitdir: .git\n")
    assert code_state(tmp_path) is None
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert code_state(tmp_path / "a") is None


def test_a_removed_working_directory_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert code_state(Path()) is None
    assert code_state(Path("a\x00b")) is None


def test_a_head_that_only_says_where_not_to_look_names_no_branch(repository: Path) -> None:
    (repository / ".git" / "HEAD").write_text("ref: refs/heads/.invalid\n")
    assert code_state(repository) == {"commit": None, "branch": None, "remote": None, "repository": "project"}
