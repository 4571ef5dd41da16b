"""Draw every designed state into a folder, to be looked at: ``python tests/browser/screenshots.py OUT [STATE …]``.

The runs are those of ``digits.py``, recorded once into ``OUT/store``. ``docs`` instead of states draws the pictures of
the documentation into ``docs/img``.
"""

import runpy
import shutil
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

import nbtrack
from nbtrack.model.run import Run
from nbtrack.view.card import run_card

_HERE = Path(__file__).parent
_FAKES = runpy.run_path(str(_HERE.parent / "view" / "fake_runs.py"))
_STATES = runpy.run_path(str(_HERE / "states.py"))
_PAGE = "<!doctype html><meta charset=utf-8><style>:root{color-scheme:light dark}body{margin:24px}</style>"


def main(out: Path, names: Sequence[str]) -> None:
    """Write the pictures of these states, of all when none is named."""
    out.mkdir(parents=True, exist_ok=True)
    studies = {**_STATES["studies"](_FAKES["make_run"], _FAKES["study"]), "digits": lambda: digits(out)}
    studies["live"] = lambda: _STATES["growing"](digits(out))
    runs: Callable[[str], Sequence[Run]] = cache(lambda name: studies[name]())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for name in names or (*_STATES["STATES"], "cards"):
            if name == "cards":
                _cards(browser, out)
            elif name == "again":
                _again(browser, out)
            elif name == "docs":
                _again(browser, out)
                for file, (state, clip) in _STATES["DOCS"].items():
                    _draw(browser, state, runs(state.runs), out / f"docs-{file}.png", clip)
                    _small(out / f"docs-{file}.png", _HERE.parents[1] / "docs" / "img" / f"{file}.png")
            else:
                state = _STATES["STATES"][name]
                _draw(browser, state, runs(state.runs), out / f"{name}.png")
        browser.close()


def _draw(browser: Any, state: Any, runs: Sequence[Run], target: Path, height: int = 0) -> None:
    page = state.open(browser, runs, target.parent)
    clip = {"clip": {"x": 0, "y": 0, "width": state.width, "height": height}} if height else {}
    page.screenshot(path=str(target), full_page=True, **clip)
    page.context.close()


def _small(source: Path, target: Path, colours: int = 255) -> None:
    """Write a picture in so many colours, half of its bytes."""
    few = Image.open(source).convert("RGB").quantize(colours, kmeans=2, dither=Image.Dither.NONE)
    few.save(target, optimize=True)


def _again(browser: Any, out: Path) -> None:
    """Draw what a notebook shows of a run that is run again, and where it comes from."""
    folder = out / "again"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    again = runpy.run_path(str(_HERE / "again.py"))["record"](folder)
    for name, html, part in (
        ("reproduce", f"{again.plan}<br>{again.different}", "body"),
        ("lineage", again.lineage, ".nbt-scroll"),
    ):
        page = browser.new_page(viewport={"width": 800, "height": 100})
        page.set_content(_PAGE + html)
        page.evaluate("part => (document.querySelector(part).style.padding = '20px')", part)
        page.locator(part).screenshot(path=str(out / f"docs-{name}.png"))
        page.close()
        _small(out / f"docs-{name}.png", _HERE.parents[1] / "docs" / "img" / f"{name}.png", 96)


def digits(out: Path) -> Sequence[Run]:
    """Return the recorded runs, oldest first."""
    if not (out / "store").exists():
        runpy.run_path(str(_HERE / "digits.py"))["record"](out)
    return list(nbtrack.runs(store=out / "store"))[::-1]


def _cards(browser: Any, out: Path) -> None:
    runs = _FAKES["study"](12)
    flagged = [_FAKES["make_run"](n, name=f"forest {n}", metrics={"f1": 0.93}, **more) for n, more in enumerate(_WRONG)]
    cards = [run_card(runs[now], runs[before]) for now, before in ((5, 2), (7, 4), (11, 8), (3, 0))]
    html = _PAGE + "".join(card.html for card in (*cards, *map(run_card, flagged)))
    for scheme in ("light", "dark"):
        page = browser.new_page(viewport={"width": 900, "height": 640}, color_scheme=scheme)
        page.set_content(html)
        page.screenshot(path=str(out / f"cards-{scheme}.png"), full_page=True)
        page.close()


_DAMAGED = {"ok": False, "damaged": 1, "missing": 3, "unsealed": 0, "divergent": 0}
_REFUSED = ["incomplete(2): the disk refused 2 records of this run"]
_WRONG = ({"health": _DAMAGED}, {"warnings": _REFUSED}, {"health": {**_DAMAGED, "unsealed": 2}, "warnings": _REFUSED})


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
