"""A notebook of executed cells is what ``json`` would write of it, without secrets."""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest

from nbtrack.capture.session.cells import CellNow
from nbtrack.capture.session.executed import executed_notebook, notebook_text
from nbtrack.capture.session.past import Past

SOURCES = [
    [],
    ["x = 1"],
    ["", "print('a\\tb')\n\n# ünïcode ✓ \u2028 \x00 \x7f \x1f", 'text = """quoted"""\n\\'],
    ["%d %s {name}", "x = '\ud800'"],
]


@pytest.mark.parametrize("sources", SOURCES)
@pytest.mark.parametrize("identity", [None, "a1b2-c3", "vscode-notebook-cell:/home/me/x.ipynb#W0sZmlsZQ%3D%3D"])
def test_it_is_written_as_json_writes_it(sources: list[str], identity: str | None) -> None:
    executions = [Past(number, CellNow(source, identity, number)) for number, source in enumerate(sources, 1)]
    content = executed_notebook(executions, "3.12.1")
    known: Any = json.loads(content)
    assert notebook_text(known) == content
    assert [cell["source"] for cell in known["cells"]] == [text.replace("\ud800", "?") for text in sources]
    assert known["metadata"]["language_info"] == {"name": "python", "version": "3.12.1"}
    if identity != "a1b2-c3":  # one cell may not be there twice
        nbformat.validate(nbformat.from_dict(known))


def test_secrets_are_taken_out_of_it() -> None:
    content = executed_notebook([Past(1, CellNow("url = 'https://me:hunter2@example.org'", None, 1))], "3.12")
    assert b"hunter2" not in content
    assert b"[redacted:url]" in content
