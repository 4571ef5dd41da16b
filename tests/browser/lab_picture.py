"""Draw the picture of JupyterLab in the documentation: ``python tests/browser/lab_picture.py OUT``.

A real notebook is run in a real JupyterLab, its tracked cell a few times over; OUT keeps the server's files.
"""

import os
import runpy
import shutil
import socket
import sys
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import sync_playwright

_HERE = Path(__file__).parent
_LAB = runpy.run_path(str(_HERE / "conftest.py"))
_SMALL = runpy.run_path(str(_HERE / "screenshots.py"))["_small"]
_CELLS = (
    (
        "%load_ext nbtrack\nfrom sklearn.datasets import load_digits\nfrom sklearn.ensemble import RandomForestClassifier\n"
        "from sklearn.metrics import accuracy_score, log_loss\nfrom sklearn.model_selection import train_test_split"
    ),
    "X, y = load_digits(return_X_y=True)\nX_train, X_val, y_train, y_val = train_test_split(X / 16, y, random_state=0)",
    (
        "%%track forest\ntrees = 20\ndepth = 4\nmodel = RandomForestClassifier(trees, max_depth=depth, random_state=0).fit(X_train, y_train)\n"
        "accuracy = accuracy_score(y_val, model.predict(X_val))\nval_loss = log_loss(y_val, model.predict_proba(X_val))"
    ),
)
_TRIED = ((20, 4), (20, 6), (50, 6), (50, 8), (100, 8), (20, 10), (100, 12), (200, 12))
_RUN = """async ([trees, depth]) => {
    const { content } = window.jupyterapp.shell.currentWidget;
    content.activeCellIndex = 2;
    const { sharedModel } = content.widgets[2].model;
    sharedModel.setSource(sharedModel.getSource().replace(/trees = \\d+/, `trees = ${trees}`).replace(/depth = \\d+/, `depth = ${depth}`));
    await window.jupyterapp.commands.execute("notebook:run-cell");
}"""


def main(out: Path) -> None:
    """Write ``docs/img/jupyterlab.png``."""
    home = out / "jupyterlab"
    shutil.rmtree(home, ignore_errors=True)
    root = home / "notebooks"
    (root / ".nbtrack").mkdir(parents=True)
    cells = [nbformat.v4.new_code_cell(source, id=f"cell-{at}") for at, source in enumerate(_CELLS)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), root / "digits.ipynb")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    lab = _LAB["Lab"](f"http://127.0.0.1:{port}", "picture", root)
    with _LAB["_server"](lab, home, port, Path(sys.executable), os.environ), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1180, "height": 740})
        lab.open(page, "digits.ipynb")
        _work(page)
        page.screenshot(path=str(out / "jupyterlab.png"))
        browser.close()
    _SMALL(out / "jupyterlab.png", _HERE.parents[1] / "docs" / "img" / "jupyterlab.png")


def _work(page: Any) -> None:
    page.evaluate("window.jupyterapp.commands.execute('nbtrack:show-runs')")
    for at in (0, 1):
        page.evaluate(
            "at => (window.jupyterapp.shell.currentWidget.content.activeCellIndex = at,"
            " window.jupyterapp.commands.execute('notebook:run-cell'))",
            at,
        )
    for tried in _TRIED:
        page.evaluate(_RUN, tried)
    page.wait_for_selector(f".nbt-badge-count:text('{len(_TRIED)} runs')")
    page.get_by_label("Metric beside the names").select_option("accuracy")
    page.locator(".nbt-list-row").nth(2).locator(".nbt-list-star").click()
    page.wait_for_selector(".nbt-list-star[data-on=true]")
    page.locator(".nbt-list-row").nth(1).click()
    page.locator(".nbt-badge-run").click()
    page.get_by_role("button", name="Changes").nth(1).click()
    page.wait_for_selector(".nbt-history .nbt-come")
    page.evaluate("document.fonts.ready")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
