"""Answers as a browser shows them: readable in light and dark, without barriers, and on a narrow screen."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.store.memory import MemoryStore

pytestmark = pytest.mark.browser

_EVIL = "<img src=x onerror='window.__pwned=1'>"
_CELLS = [
    "import pandas as pd",
    "df = pd.read_csv('sales.csv')",
    f"X = prepare(df)  # {_EVIL}",
    "%%track\nmodel = fit(X)",
]


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    writer = store.begin("20261121t101530-7k3m9q2x", {"name": f"forest {_EVIL}"})
    executions = [
        {
            "n": n,
            "count": n,
            "cell": f"c{n}",
            "reads": {"df": n - 1} if n > 1 else {},
            "source": store.put(c.encode()).sha256,
        }
        for n, c in enumerate(_CELLS, 1)
    ]
    writer.append("cell", {"source": _CELLS[-1], "count": 4})
    writer.append("slice", {"executions": executions, "verdicts": []})
    writer.append(
        "data",
        [
            {
                "kind": "file",
                "path": "sales.csv",
                "mode": "read",
                "n": 2,
                "size": 1,
                "sha256": hashlib.sha256(b"a").hexdigest(),
            }
        ],
    )
    writer.append("metrics", {"accuracy": 0.93})
    writer.close("finished", 1.0)
    return store


def page_of(store: MemoryStore, folder: Path) -> str:
    (folder / "copy.csv").write_bytes(b"a")
    run = nbtrack.run("7k3m9q", store)
    answers = (
        nbtrack.check(run),
        run.provenance(),
        nbtrack.whois(folder / "copy.csv", store=store),
        nbtrack.lineage(run, store=store),
    )
    body = "".join(f"<section>{answer._repr_html_()}</section>" for answer in answers)
    path = folder / "answers.html"
    head = "<title>answers</title><meta charset='utf-8'><style>:root{color-scheme:light dark}body{background:Canvas;color:CanvasText}</style>"
    path.write_text(
        f"<!doctype html><html lang='en'><head>{head}</head><body><main><h1>answers</h1>{body}</main></body></html>"
    )
    return path.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(scheme: str, store: MemoryStore, open_page: Any, tmp_path: Path) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    watched = open_page(page_of(store, tmp_path), color_scheme=scheme)
    violations = axe.run(watched.page).response["violations"]
    found = [(each["id"], node["html"][:200]) for each in violations for node in each["nodes"]]
    assert found == []


def test_hostile_names_do_nothing_and_the_page_is_quiet(store: MemoryStore, open_page: Any, tmp_path: Path) -> None:
    watched = open_page(page_of(store, tmp_path))
    assert watched.page.evaluate("[window.__pwned, document.images.length]") == [None, 0]
    assert watched.quiet


def test_texts_lie_within_their_boxes_and_can_be_selected(store: MemoryStore, open_page: Any, tmp_path: Path) -> None:
    page = open_page(page_of(store, tmp_path)).page
    over = page.evaluate("""() => [...document.querySelectorAll('.lg-node')].flatMap((node) => {
        const box = node.querySelector('.lg-box').getBoundingClientRect();
        return [...node.querySelectorAll('text')].filter((t) => t.getBoundingClientRect().right > box.right + 1).map((t) => t.textContent);
    })""")
    assert over == []
    text = page.evaluate("""() => {
        const range = document.createRange(); range.selectNodeContents(document.querySelector('.lg-run'));
        getSelection().removeAllRanges(); getSelection().addRange(range); return getSelection().toString();
    }""")
    assert "model = fit(X)" in text


def test_a_narrow_screen_gets_a_list_in_place_of_the_picture(
    store: MemoryStore, open_page: Any, tmp_path: Path
) -> None:
    page = open_page(page_of(store, tmp_path), viewport={"width": 320, "height": 600}).page
    assert not page.locator("svg.nbt-lineage").is_visible()
    assert page.locator(".nbt-steps li").count() == 5
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
