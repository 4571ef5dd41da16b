"""``nbtrack comment``: what people say of a run stays with it, with who said it and when."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

import nbtrack
from nbtrack.hosts.cli import run_line
from nbtrack.store.memory import MemoryStore
from tests.report.recorded import BEST, record

Command = Callable[[str], tuple[int, str, str]]


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    record(store, BEST, ("metrics", {"accuracy": 0.9}))
    return store


@pytest.fixture
def command(store: MemoryStore, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(line: str) -> tuple[int, str, str]:
        return run_line(line, store), *capsys.readouterr()

    return run


def test_comments_are_kept_in_the_order_they_were_made(store: MemoryStore, command: Command) -> None:
    assert command("comment 7k3m9q looks odd --by Ada") == (0, "", "")
    assert command("comment 7k3m9q 'no, it does not' --by ''") == (0, "", "")
    first, second = nbtrack.run(BEST, store=store).comments
    assert (first.text, first.by, second.text, second.by) == ("looks odd", "Ada", "no, it does not", "")
    assert first.at is not None
    assert abs((datetime.now(UTC) - first.at).total_seconds()) < 600


def test_the_author_is_the_account_unless_the_environment_says_another(
    store: MemoryStore, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBTRACK_AUTHOR", "Grace")
    command("comment 7k3m9q one")
    monkeypatch.delenv("NBTRACK_AUTHOR")
    monkeypatch.setenv("LOGNAME", "account")
    command("comment 7k3m9q two")
    assert [comment.by for comment in nbtrack.run(BEST, store=store).comments] == ["Grace", "account"]


def test_they_are_printed_and_told_as_json(command: Command) -> None:
    command("comment 7k3m9q 'so \x1b[31mred' --by Ada")
    (told,) = json.loads(command("comment 7k3m9q --json")[1])
    assert (told["by"], told["text"], told["at"][-1]) == ("Ada", "so \x1b[31mred", "Z")
    assert json.loads(command("show 7k3m9q --json")[1])["comments"] == [told]
    printed = command("comment 7k3m9q")[1]
    assert printed.startswith("1  20")
    assert printed.endswith(" UTC  Ada  so ·[31mred\n")
    assert "so ␛[31mred - Ada" in command("show 7k3m9q")[1]


def test_secrets_are_kept_out(store: MemoryStore, command: Command) -> None:
    command(f"comment 7k3m9q key ghp_{'a1B2' * 9}")
    (comment,) = nbtrack.run(BEST, store=store).comments
    assert comment.text == "key [redacted:github]"
    assert nbtrack.run(BEST, store=store).redactions == 1


def test_a_comment_of_ones_own_is_edited_and_removed_by_its_number(store: MemoryStore, command: Command) -> None:
    command("comment 7k3m9q 'teh best' --by Ada")
    command("comment 7k3m9q 'I doubt it' --by Grace")
    assert command("comment 7k3m9q --edit 1 the best --by Ada") == (0, "", "")
    assert [each.text for each in nbtrack.run(BEST, store=store).comments] == ["the best", "I doubt it"]
    first, second = command("comment 7k3m9q")[1].splitlines()
    assert first.startswith("1  20")
    assert first.endswith("UTC  Ada  (edited)  the best")
    assert second.endswith("UTC  Grace  I doubt it")
    assert "the best - Ada" in command("show 7k3m9q")[1]
    assert "(edited)" in command("show 7k3m9q")[1]
    assert command("comment 7k3m9q --remove 2 --by Grace") == (0, "", "")
    assert [each["text"] for each in json.loads(command("comment 7k3m9q --json")[1])] == ["the best"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--edit 2 mine now --by Ada", "this comment is Grace's, and you are 'Ada'"),
        ("--remove 2 --by Ada", "this comment is Grace's"),
        ("--edit 3 x", "has 2 comments, and none has the number 3"),
        ("--edit 1", "say the comment's new text"),
        ("--remove 1 x", "takes no text"),
        ("--edit 1 --remove 1 x", "not both"),
    ],
)
def test_a_comment_of_another_is_left_alone(line: str, told: str, store: MemoryStore, command: Command) -> None:
    command("comment 7k3m9q one --by Ada")
    command("comment 7k3m9q two --by Grace")
    code, _, err = command(f"comment 7k3m9q {line}")
    assert (code, told in err) == (2, True), err
    assert [each.text for each in nbtrack.run(BEST, store=store).comments] == ["one", "two"]


def test_a_report_shows_comments_as_their_authors_left_them(
    store: MemoryStore, command: Command, tmp_path: Path
) -> None:
    command("comment 7k3m9q 'first words' --by Ada")
    command("comment 7k3m9q 'a slip' --by Ada")
    command("comment 7k3m9q --edit 1 better words --by Ada")
    command("comment 7k3m9q --remove 2 --by Ada")
    assert command(f"report -o {tmp_path}/r.html")[0] == 0
    page = (tmp_path / "r.html").read_text()
    assert "better words" in page
    assert "first words" not in page
    assert "a slip" not in page
    assert command(f"report verify {tmp_path}/r.html")[0] == 0


def test_a_run_that_is_not_there_has_none(command: Command) -> None:
    assert command("comment zzzzzz hello")[0] == 1


def test_comments_stay_in_the_files_of_a_store(tmp_path: Path) -> None:
    store = nbtrack.open_store(tmp_path / ".nbtrack")
    record(store, BEST)
    for text in ("first", "second"):
        assert run_line(f"comment 7k3m9q {text} --by Ada", store) == 0
    again = nbtrack.run(BEST, store=tmp_path / ".nbtrack")
    assert [(comment.text, comment.by) for comment in again.comments] == [("first", "Ada"), ("second", "Ada")]
