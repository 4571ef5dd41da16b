"""Answers in a notebook: whole, without script, and with every text escaped."""

from collections.abc import Callable
from pathlib import Path

import pytest

import nbtrack
from nbtrack.store.memory import MemoryStore
from nbtrack.view.answers import answer_html

HOSTILE = "<img src=x onerror=alert(1)>\u202e"


@pytest.fixture
def store(tmp_path: Path) -> MemoryStore:
    store = MemoryStore()
    writer = store.begin("20261121t101530-7k3m9q2x", {"name": HOSTILE})
    writer.append("code", {"commit": "0a" * 20, "branch": HOSTILE, "dirty": False})
    writer.append("params", {HOSTILE: HOSTILE})
    writer.append("data", [{"kind": "file", "path": HOSTILE, "mode": "read", "sha256": "0b" * 32, "size": 3}])
    writer.append(
        "artifact", {"name": "a.txt", "sha256": store.put(b"abc").sha256, "size": 3, "media_type": "text/plain"}
    )
    writer.close("finished", 1.0)
    (tmp_path / "b.txt").write_bytes(b"abc")
    return store


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda store, _: nbtrack.check("7k3m9q", store=store), "Every file that was read is known by a hash"),
        (lambda store, _: nbtrack.run("7k3m9q", store).provenance(), "Which data was used?"),
        (lambda store, path: nbtrack.whois(path / "b.txt", store=store), "b.txt is kept with run 7k3m9q"),
        (lambda store, path: nbtrack.whois(path, store=store), "1 of its 1 files are known"),
        (lambda store, _: nbtrack.lineage("7k3m9q", store=store), "Lineage of"),
    ],
)
def test_each_answer_shows_itself_with_its_texts_escaped(
    ask: Callable[[MemoryStore, Path], object], said: str, store: MemoryStore, tmp_path: Path
) -> None:
    html = ask(store, tmp_path)._repr_html_()
    assert said in html
    assert "<img" not in html
    assert "<script" not in html
    assert "\u202e" not in html


def test_nothing_else_has_a_form() -> None:
    with pytest.raises(TypeError, match="no HTML for a int"):
        answer_html(3)
