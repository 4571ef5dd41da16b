"""A file published on a branch: a commit that touches nothing else, and nobody's report is lost when two publish."""

import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nbtrack.errors import RemoteError, UsageError
from nbtrack.model.foreign_git import OBEYING_NOBODY
from nbtrack.share.publish.branch import Branch, branch_of, publish_on
from nbtrack.share.publish.listing import joined, read_list

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("git") is None, reason="needs git")]
PAGES = Branch("gh-pages")


def git(folder: Path, *arguments: str) -> str:
    told = {**OBEYING_NOBODY, "GIT_ALLOW_PROTOCOL": "file", "PATH": os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(["git", *arguments], cwd=folder, env=told, capture_output=True, text=True, check=True).stdout


@pytest.fixture(autouse=True)
def nobody_elses_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    for name in list(os.environ):
        if name.startswith(("GIT_AUTHOR", "GIT_COMMITTER")):
            monkeypatch.delenv(name)


@pytest.fixture
def clone(tmp_path: Path) -> Callable[[str], Path]:
    """Make clones of one bare repository."""
    remote = tmp_path / "remote.git"
    git(tmp_path, "init", "-q", "--bare", "-b", "main", str(remote))

    def make(name: str) -> Path:
        folder = tmp_path / name
        git(tmp_path, "clone", "-q", str(remote), name)
        git(folder, "config", "user.name", name)
        git(folder, "config", "user.email", f"{name}@example.org")
        if not git(folder, "ls-remote", "origin", "main"):
            (folder / "code.py").write_text("1\n")
            git(folder, "checkout", "-q", "-B", "main")
            git(folder, "add", "code.py")
            git(folder, "commit", "-q", "-m", "code")
            git(folder, "push", "-q", "origin", "main")
        return folder

    return make


def files(folder: Path, ref: str = "gh-pages") -> list[str]:
    return git(folder, "ls-tree", "-r", "--name-only", ref).split()


def test_a_commit_is_made_and_nothing_else_is_touched(clone) -> None:
    here = clone("a")
    (here / "code.py").write_text("2\n")
    (here / "new.py").write_text("3\n")
    git(here, "add", "new.py")
    before = git(here, "status", "--porcelain")
    done = publish_on(b"<p>1</p>", "r.html", "A report", PAGES, here)
    assert git(here, "status", "--porcelain") == before
    assert git(here, "rev-parse", "gh-pages").strip() == done.commit
    assert files(here) == [".nojekyll", "index.html", "r.html", "reports.json"]
    assert git(here, "show", "gh-pages:r.html") == "<p>1</p>"
    assert git(here, "log", "-1", "--format=%an <%ae> %s", "gh-pages") == "a <a@example.org> Publish r.html\n"
    assert not done.pushed
    assert done.command == "git push origin gh-pages"
    assert git(here, "ls-remote", "origin", "gh-pages") == ""


def test_history_is_kept_and_the_index_lists_what_was_published(clone) -> None:
    here = clone("a")
    for number, name in enumerate(("one.html", "two.html", "one.html")):
        publish_on(f"{number}".encode(), name, f"<{name}> & co", Branch("gh-pages", "reports"), here)
    assert git(here, "rev-list", "--count", "gh-pages") == "3\n"
    assert git(here, "show", "gh-pages:reports/one.html") == "2"
    index = git(here, "show", "gh-pages:reports/index.html")
    assert index.count("<li>") == 2
    assert '<a href="one.html">&lt;one.html&gt; &amp; co</a>' in index
    assert "<one.html>" not in index


def test_what_others_published_meanwhile_stays(clone) -> None:
    one, other = clone("one"), clone("other")
    publish_on(b"1", "one.html", "one", PAGES, one, push=True)
    done = publish_on(b"2", "other.html", "other", PAGES, other, push=True)
    assert done.pushed
    assert set(read_list(git(other, "show", "gh-pages:reports.json").encode())) == {"one.html", "other.html"}
    assert publish_on(b"3", "third.html", "third", PAGES, one, push=True).pushed
    assert {"one.html", "other.html", "third.html"} <= set(files(one))
    assert git(one, "rev-list", "--count", "gh-pages") == "3\n"


def test_a_commit_that_waits_here_and_one_that_is_there_are_joined(clone) -> None:
    one, other = clone("one"), clone("other")
    publish_on(b"1", "waits.html", "waits", PAGES, one)
    publish_on(b"2", "there.html", "there", PAGES, other, push=True)
    publish_on(b"3", "new.html", "new", PAGES, one, push=True)
    assert {"waits.html", "there.html", "new.html"} <= set(files(one))
    assert set(read_list(git(one, "show", "gh-pages:reports.json").encode())) == {
        "waits.html",
        "there.html",
        "new.html",
    }
    assert git(one, "rev-parse", "gh-pages") == git(one, "ls-remote", "origin", "gh-pages").split()[0] + "\n"


def test_two_clones_that_publish_at_once_lose_no_report(clone) -> None:
    folders = [clone("one"), clone("other")]

    def publish(folder: Path) -> None:
        for number in range(3):
            publish_on(b"x", f"{folder.name}-{number}.html", folder.name, PAGES, folder, push=True)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(publish, folders))
    listed = git(folders[0], "ls-remote", "origin", "gh-pages").split()[0]
    git(folders[0], "fetch", "-q", "origin", "gh-pages")
    names = {f"{who}-{number}.html" for who in ("one", "other") for number in range(3)}
    assert names <= set(files(folders[0], listed))
    assert set(read_list(git(folders[0], "show", f"{listed}:reports.json").encode())) == names


def test_no_hook_filter_or_alias_of_the_repository_is_obeyed(clone, tmp_path: Path) -> None:
    here, trace = clone("a"), tmp_path / "ran"
    script = f"#!/bin/sh\necho $0 >> {trace}\n"
    for name in ("pre-push", "reference-transaction", "post-commit", "pre-commit", "post-checkout"):
        (here / ".git" / "hooks" / name).write_text(script)
        (here / ".git" / "hooks" / name).chmod(0o755)
    evil = tmp_path / "evil"
    evil.write_text(script)
    evil.chmod(evil.stat().st_mode | stat.S_IXUSR)
    for name in (
        "core.fsmonitor",
        "core.pager",
        "filter.x.clean",
        "core.sshCommand",
        "credential.helper",
        "gpg.program",
    ):
        git(here, "config", name, str(evil))
    git(here, "config", "commit.gpgSign", "true")
    (here / ".git" / "info" / "attributes").write_text("* filter=x\n")
    publish_on(b"1", "r.html", "r", PAGES, here, push=True)
    assert not trace.exists()
    assert "gh-pages" in git(here, "ls-remote", "origin", "gh-pages")


@pytest.mark.parametrize("url", ["ext::sh -c touch% {trace}", "--upload-pack=touch {trace}"])
def test_an_address_that_runs_a_program_is_refused(clone, tmp_path: Path, url: str) -> None:
    here, trace = clone("a"), tmp_path / "ran"
    git(here, "config", "remote.origin.url", url.format(trace=trace))
    with pytest.raises((UsageError, RemoteError)):
        publish_on(b"1", "r.html", "r", PAGES, here, push=True)
    assert not trace.exists()
    assert git(here, "branch", "--list", "gh-pages") == ""


def test_a_branch_that_is_checked_out_is_left_alone(clone) -> None:
    here = clone("a")
    with pytest.raises(UsageError, match="checked out"):
        publish_on(b"1", "r.html", "r", Branch("main"), here)
    git(here, "worktree", "add", "-q", "-b", "gh-pages", "../elsewhere")
    with pytest.raises(UsageError, match="checked out"):
        publish_on(b"1", "r.html", "r", PAGES, here)


def test_somebody_elses_index_page_is_not_replaced(clone) -> None:
    here = clone("a")
    git(here, "checkout", "-q", "--orphan", "gh-pages")
    (here / "index.html").write_text("<h1>Our project</h1>")
    git(here, "add", "index.html")
    git(here, "commit", "-q", "-m", "site")
    git(here, "checkout", "-q", "main")
    done = publish_on(b"1", "r.html", "r", PAGES, here)
    assert "Our project" in git(here, "show", "gh-pages:index.html")
    assert "does not list this report" in done.note
    assert "code.py" in files(here)  # what the branch had stays


def test_a_commit_needs_somebody_who_makes_it(clone) -> None:
    here = clone("a")
    git(here, "config", "--unset", "user.email")
    with pytest.raises(UsageError, match=r"git config user\.email"):
        publish_on(b"1", "r.html", "r", PAGES, here)


def test_no_repository_no_remote_and_no_such_remote_are_told_with_what_to_do(tmp_path: Path, clone) -> None:
    with pytest.raises(UsageError, match="no git repository"):
        publish_on(b"1", "r.html", "r", PAGES, tmp_path)
    here = clone("a")
    with pytest.raises(UsageError, match="no remote nowhere"):
        publish_on(b"1", "r.html", "r", PAGES, here, remote="nowhere")
    git(here, "remote", "remove", "origin")
    with pytest.raises(UsageError, match="git remote add"):
        publish_on(b"1", "r.html", "r", PAGES, here, push=True)


@pytest.mark.parametrize(
    "target", ["git:", "git:-x", "git:a/../b", "git:a//b", "git:a/.git/x", "git:a.lock", "git:a b "]
)
def test_what_is_no_branch_is_refused(target: str) -> None:
    with pytest.raises(UsageError, match="names no branch"):
        branch_of(target)


def test_lists_of_any_content_are_read_for_what_they_hold() -> None:
    assert read_list(b"no json") == {}
    assert read_list(b'{"a": 1}') == {}
    assert read_list(b'[1, null, {"file": "../x"}, {"file": "a.html", "title": 3}]') == joined(
        [read_list(b'[{"file": "a.html", "title": "3"}]')]
    )


@pytest.mark.parametrize("target", ["git:HEAD", "git:HEAD/reports", "git:two words", "git:a."])
def test_what_git_takes_for_no_branch_is_refused(target: str) -> None:
    with pytest.raises(UsageError):
        branch_of(target)


def test_nothing_that_was_published_gives_way_to_a_folder_or_to_a_list(clone) -> None:
    here = clone("a")
    publish_on(b"report", "r.html", "A report", PAGES, here)
    publish_on(b"inner", "s.html", "Another", Branch("gh-pages", "old"), here)
    before = git(here, "rev-parse", "gh-pages")
    refused = ((Branch("gh-pages", "r.html"), "x.html"), (Branch("gh-pages", "r.html/b"), "x.html"), (PAGES, "old"))
    for branch, name in (*refused, (PAGES, "reports.json")):
        with pytest.raises(UsageError):
            publish_on(b"other", name, "Other", branch, here)
    assert git(here, "rev-parse", "gh-pages") == before


def test_a_report_that_is_called_as_the_first_page_is_the_first_page(clone) -> None:
    here = clone("a")
    publish_on(b"report", "r.html", "A report", PAGES, here)
    done = publish_on(b"first", "index.html", "First", PAGES, here)
    assert "in place of a list" in done.note
    publish_on(b"second", "s.html", "Second", PAGES, here)
    assert git(here, "show", "gh-pages:index.html") == "first"
