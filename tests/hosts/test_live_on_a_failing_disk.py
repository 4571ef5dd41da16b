"""A live comparison on a disk that takes nothing any more: what is there is shown, an edit is refused in words."""

from __future__ import annotations

import os
import runpy
import shutil
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.hosts.live import Shown
from nbtrack.query.question import Question
from nbtrack.store.local import LocalStore
from nbtrack.view.compare import Comparison
from nbtrack.view.follow import Follower

_IN_CHILD = runpy.run_path(str(Path(__file__).parents[1] / "store" / "conftest.py"))["_in_child"]


class _Page:
    """A page that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def tell(self, message: dict[str, Any]) -> None:
        self.told.append(message)


def _shown(store: LocalStore) -> tuple[Shown, _Page]:
    question = Question(store)
    follower = Follower(question)
    shown, page = Shown(Comparison(follower.runs, "", question), follower, None, ""), _Page()
    shown._links.append(page)  # type: ignore[arg-type]  # a page without a kernel
    return shown, page


def _grown(folder: Path) -> LocalStore:
    store = LocalStore(folder)
    with nbtrack.start_run("one", store=store) as opened:
        opened.log(loss=0.5)
    return store


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user who may not write")
@pytest.mark.parametrize("indexed", [True, False])
def test_a_disk_that_became_read_only_is_followed_and_an_edit_of_it_refused(tmp_path: Path, *, indexed: bool) -> None:
    store = _grown(tmp_path / "store")
    (run,) = nbtrack.runs(store=store)
    nbtrack.compare(store=store)._repr_mimebundle_()  # imports what that other user may not read
    store.close()
    if not indexed:
        shutil.rmtree(store.path / "cache", ignore_errors=True)
    for path in (store.path, *store.path.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    for path in store.path.parents:
        path.chmod(path.stat().st_mode | 0o555)

    def read_only() -> str:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        shown, page = _shown(LocalStore(store.path))
        shown._receive(page, {"do": "hello", "state": -1})  # type: ignore[arg-type]
        shown._receive(page, {"do": "edit", "number": 1, "change": {"run": run.id, "do": "note", "text": "n"}})  # type: ignore[arg-type]
        news = shown.step(), shown.step(look=False)
        names = page.told[0]["payload"]["runs"]["name"]
        return f"{names} {news} {shown.bundle().html.count('one') > 0} {page.told[-1]['problem'].rpartition('/')[2]}"

    assert _IN_CHILD(read_only) == "['one'] (False, False) True meta cannot be written (Permission denied)"


def test_a_disk_that_fails_leaves_what_was_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = _grown(tmp_path / "store")
    shown, _ = _shown(store)

    def fails() -> Any:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(store, "runs", fails)
    assert not shown.step()
    assert "one" in shown.bundle().html
    store.close()
