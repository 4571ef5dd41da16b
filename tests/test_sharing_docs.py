"""What ``docs/reports.md`` and ``docs/sharing.md`` tell people to type works, in the order they tell it."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

import nbtrack
from nbtrack.hosts.cli import cli, run_line
from nbtrack.model.foreign_git import OBEYING_NOBODY

DOCS = Path(__file__).parent.parent / "docs"
PAGES = ("reports.md", "sharing.md")
WHO = {f"GIT_{role}_{what}": "somebody" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
GIT = {**OBEYING_NOBODY, **WHO, "GIT_ALLOW_PROTOCOL": "file", "GIT_CONFIG_GLOBAL": os.devnull}


def git(*words: str) -> None:
    subprocess.run(["git", *words], env={**os.environ, **GIT}, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a remote, a store with three runs, and folders of others beside it."""
    folder = tmp_path / "project"
    for name in ("project", "public", "team"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("NBTRACK_STORE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in {**WHO, "GIT_CONFIG_GLOBAL": os.devnull}.items():
        monkeypatch.setenv(name, value)
    git("init", "-q", "--bare", "-b", "main", "../origin.git")
    git("init", "-q", "-b", "main")
    git("remote", "add", "origin", "../origin.git")
    (folder / "train.py").write_text("lr = 0.1\n")
    git("add", "train.py")
    git("commit", "-q", "-m", "code")
    git("push", "-q", "-u", "origin", "main")
    for lr in (0.1, 0.2, 0.6):
        with nbtrack.start_run(f"lr {lr}", store=folder / ".nbtrack", params={"lr": lr}) as opened:
            opened.log(f1=1 - lr)
    return folder


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_the_page_run(project: Path, page: str, capsys: pytest.CaptureFixture[str]) -> None:
    commands = [line for block in blocks(page, "sh") for line in block.splitlines() if line.strip()]
    assert len(commands) > 5
    for line in commands:
        words = shlex.split(line, comments=True)
        if words[0] == "git":
            git(*words[1:])
            continue
        assert words[0] == "nbtrack", line
        assert run_line(shlex.join(words[1:])) == 0, (line, capsys.readouterr())
    for block in blocks(page, "python"):
        exec(compile(block, page, "exec"), {})
    assert (project / "report.html").exists()


@pytest.mark.parametrize("page", PAGES)
def test_every_file_and_command_it_names_is_there(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(((?!http)[^)#]+)\)", text):
        assert (DOCS / target).exists(), target
    named = set(re.findall(r"`nbtrack ([a-z]+)", text))
    assert named
    assert named <= set(cli.commands)


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)
