"""Draw every state of the card and the comparison into a folder, to be looked at: ``python tests/browser/screenshots.py OUT``."""

import runpy
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from nbtrack.export.page import write_comparison
from nbtrack.view.card import run_card

_FAKES = runpy.run_path(str(Path(__file__).parents[1] / "view" / "fake_runs.py"))
_STUDY, _MAKE = _FAKES["study"], _FAKES["make_run"]
_PAGE = "<!doctype html><meta charset=utf-8><style>:root{color-scheme:light dark}body{margin:24px}</style>"
_VIEWS = ("table", "parallel", "scatter", "curves", "diff")


def _flagged() -> list[Any]:
    """Runs that are damaged, incomplete, unsealed, or all of it, among whole ones."""
    damaged = {"ok": False, "damaged": 1, "missing": 3, "unsealed": 0, "divergent": 0}
    typed = {"ok": False, "damaged": 0, "missing": 0, "unsealed": 2, "divergent": 0}
    refused = ["incomplete(2): the disk refused 2 records of this run"]
    wrong = [{"health": damaged}, {"warnings": refused}, {"health": typed}]
    wrong += [{"health": {**damaged, "unsealed": 2}, "warnings": refused}, {}, {}]
    scores = {"accuracy": 0.94, "f1": 0.93}
    return [_MAKE(n, name=f"forest {n}", params={"depth": n}, metrics=scores, **more) for n, more in enumerate(wrong)]


def _pages(folder: Path) -> dict[str, str]:
    runs = _STUDY(48)
    cards = "".join(run_card(runs[now], runs[before]).html for now, before in ((5, 2), (7, 4), (11, 8), (3, 0)))
    cards += "".join(run_card(run).html for run in _flagged()[:4])
    (folder / "cards.html").write_text(_PAGE + cards, encoding="utf-8")
    states = {
        "flagged": _flagged(),
        "study": runs,
        "thousand": _STUDY(1000),
        "one": runs[:1],
        "none": [],
        "failed": [runs[11], runs[28]],
    }
    for name, chosen in states.items():
        write_comparison(chosen, folder / f"{name}.html", f"Breast cancer: {len(chosen)} runs")
    return {name: (folder / f"{name}.html").as_uri() for name in ("cards", *states)}


def _shoot(browser: Any, url: str, target: Path, *, width: int, scheme: str, view: str = "", selected: int = 0) -> None:
    page = browser.new_page(viewport={"width": width, "height": 640}, color_scheme=scheme)
    page.goto(url)
    for box in page.locator(".nbt-grid tbody input").all()[:selected]:
        box.check()
    if view:
        page.locator(f"[data-view={view}]").click()
    page.screenshot(path=str(target), full_page=True)
    page.close()


def main(out: Path) -> None:
    """Write the pictures."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        pages = _pages(Path(folder))
        for scheme in ("light", "dark"):
            _shoot(browser, pages["cards"], out / f"card-{scheme}.png", width=900, scheme=scheme)
            for view in _VIEWS:
                for width in (320, 1200):
                    _shoot(
                        browser,
                        pages["study"],
                        out / f"{view}-{width}-{scheme}.png",
                        width=width,
                        scheme=scheme,
                        view=view,
                    )
                _shoot(
                    browser,
                    pages["study"],
                    out / f"{view}-selected-{scheme}.png",
                    width=1200,
                    scheme=scheme,
                    view=view,
                    selected=3,
                )
            _shoot(browser, pages["flagged"], out / f"flagged-{scheme}.png", width=1200, scheme=scheme)
            _shoot(browser, pages["flagged"], out / f"flagged-320-{scheme}.png", width=320, scheme=scheme)
        for name in ("thousand", "one", "none", "failed"):
            _shoot(
                browser,
                pages[name],
                out / f"{name}.png",
                width=1200,
                scheme="light",
                view="parallel" if name == "thousand" else "",
            )
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
