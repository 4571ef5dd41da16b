"""What the panel of JupyterLab costs at ten thousand runs: the server's part, and the browser's in a real JupyterLab.

Of the server, what its processor works: a machine that does other things besides only makes that longer. Of the page,
the time from a click to what is seen, in a JupyterLab that runs the built extension; those rows are there where
Chromium, JupyterLab and the built extension are.
"""

import json
import os
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

import nbtrack
from benchmarks.browsing import chromium
from benchmarks.row import Row
from benchmarks.stores import make_store
from nbtrack.hosts.server.desk import Desk, Rights
from nbtrack.hosts.server.outbox import encoded
from nbtrack.store.local import LocalStore

RUNS: Final = 10_000
_OPEN, _FILTER, _FRAME, _WORST = 1000.0, 100.0, 17.5, 50.0
_IDLE: Final = 20.0  # seconds of looking at nothing new
_NOTEBOOK: Final = {
    "cells": [{"cell_type": "code", "id": "one", "metadata": {}, "source": "", "outputs": [], "execution_count": None}],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}
# From the moment the panel is shown until rows stand in it and two frames were painted.
_OPENED = """async () => {
    const start = (window.opened = performance.now());
    await window.jupyterapp.commands.execute("nbtrack:show-runs");
    while (!document.querySelector(".nbt-panel .nbt-list-row")) await new Promise(requestAnimationFrame);
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now() - start;
}"""
# The same, from the same moment, until all runs can be scrolled to.
_ALL = """async () => {
    const body = document.querySelector(".nbt-panel .nbt-list-body");
    while (body.offsetHeight < RUNS * 42) await new Promise(requestAnimationFrame);
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now() - window.opened;
}""".replace("RUNS", str(RUNS))
# From a filter typed until the number of runs says so.
_FILTERED = """async (text) => {
    const input = document.querySelector(".nbt-panel .nbt-filter");
    const count = document.querySelector(".nbt-panel-count");
    const before = count.textContent;
    const start = performance.now();
    input.value = text;
    input.dispatchEvent(new Event("input"));
    while (count.textContent === before && performance.now() - start < 5000) await new Promise(requestAnimationFrame);
    document.body.offsetHeight;
    return performance.now() - start;
}"""
_FLUNG = """async () => {
    const box = document.querySelector(".nbt-list");
    const times = [];
    let last = 0;
    for (let at = 0; at < 120; at++) {
        const now = await new Promise(requestAnimationFrame);
        if (last) times.push(now - last);
        last = now;
        box.scrollTop += at < 80 ? 600 : -1200;
    }
    return times;
}"""


def rows() -> Iterator[Row]:
    """Yield the rows."""
    with tempfile.TemporaryDirectory() as folder:
        make_store(Path(folder) / ".nbtrack", RUNS)
        store = LocalStore(Path(folder) / ".nbtrack")
        store.runs()
        yield from _served(store)
        yield from _browsed(Path(folder))


class Told(NamedTuple):
    """What a step of the conversation took of the processor, in ms, and the bytes that go to the page."""

    took: float
    size: int


def _served(store: LocalStore) -> Iterator[Row]:
    sizes: list[int] = []
    desk = Desk(store, "", lambda told: sizes.append(len(encoded(told))), Rights(write=True))

    def said(message: dict[str, Any] | None) -> Told:
        sizes.clear()
        began = time.thread_time()
        desk.step() if message is None else desk.receive(message)
        return Told(1000 * (time.thread_time() - began), sum(sizes))

    panel = {"do": "open", "channel": "panel", "ask": ""}
    cells = {"do": "ask", "number": 1, "what": "cells", "cells": {f"c{at}": f"x = {at}" for at in range(100)}}
    opened = min((said(panel) for _ in range(3)), key=lambda each: each.took)
    yield _row("panel of 10,000 runs, read and packed", opened.took, "ms cpu", 300.0)
    yield _row("  sent", opened.size / 1e6, "MB", 4.5)
    said(cells)
    asked = min((said(cells) for _ in range(5)), key=lambda each: each.took)
    yield _row("badges of 100 cells", asked.took, "ms cpu", 20.0)
    news = []
    for _ in range(5):
        with nbtrack.start_run("news", store=store, params={"lr": 0.1}) as run:
            run.log(f1=0.5)
        news.append(said(None))
    yield _row("news of one run", min(each.took for each in news), "ms cpu", 20.0)
    looks = [said(None).took for _ in range(200)]
    yield _row("a look that finds nothing (every 3 s)", statistics.median(looks), "ms cpu", 1.0)
    yield _row("idle: of a processor of the server", statistics.median(looks) / 3000 * 100, "%", 0.05)


def _browsed(root: Path) -> Iterator[Row]:
    built = Path(nbtrack.__file__).parent / "labextension" / "package.json"
    (root / "many.ipynb").write_text(json.dumps(_NOTEBOOK))
    with chromium() as browser:
        if browser is None or not built.exists():
            return
        with _jupyterlab(root) as url:
            if url is None:
                return
            context = browser.new_context(viewport={"width": 1200, "height": 800})
            page = context.new_page()
            page.goto(url)
            page.wait_for_function("window.jupyterapp && window.jupyterapp.restored.then(() => true)")
            page.evaluate(
                """async () => (await window.jupyterapp.commands.execute(
                    "docmanager:open", { path: "many.ipynb", factory: "Notebook" })).context.ready"""
            )
            busy = context.new_cdp_session(page)
            busy.send("Performance.enable", {"timeDomain": "threadTicks"})
            before = _tasks(busy)
            yield _row("JupyterLab: panel opened", page.evaluate(_OPENED), "ms", _OPEN)
            yield _row("  all runs in it", page.evaluate(_ALL), "ms", 1.5 * _OPEN)
            yield _row("  its page was busy", 1000 * (_tasks(busy) - before), "ms cpu", _OPEN)
            texts = ("metrics.accuracy > 0.9", "forest", "learning_rate<0.001", "params.kernel = 'rbf'", "")
            filters = [page.evaluate(_FILTERED, text) for text in texts]
            yield _row("JupyterLab: filter", statistics.median(filters), "ms", _FILTER)
            frames = page.evaluate(_FLUNG)
            yield _row("JupyterLab: frame while flung", statistics.median(frames), "ms", _FRAME)
            yield _row("JupyterLab: worst frame of 120", max(frames), "ms", _WORST)
            before = _tasks(busy)
            time.sleep(_IDLE)
            yield _row(
                "idle: of the page's processor, JupyterLab's own included",
                100 * (_tasks(busy) - before) / _IDLE,
                "%",
                2.0,
            )
            context.close()


def _tasks(session: Any) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(float(each["value"]) for each in metrics if each["name"] == "TaskDuration")


@contextmanager
def _jupyterlab(root: Path) -> Iterator[str | None]:
    """Start JupyterLab in ``root``, with nothing of the person's own settings."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token, home = secrets.token_hex(8), root / "home"
    places = {f"JUPYTER_{name}_DIR": str(home / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    places |= {f"JUPYTERLAB_{name}_DIR": str(home / name) for name in ("SETTINGS", "WORKSPACES")}
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}"),
        *(f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={root}", "--LabApp.expose_app_in_browser=True"),
        *('--ServerApp.jpserver_extensions={"nbtrack":True}', "--LabApp.extension_manager=readonly"),
    ]
    process = subprocess.Popen(
        command,
        env={**os.environ, **places, "IPYTHONDIR": str(home / "ipython")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        yield f"{url}/lab?token={token}&reset" if _is_up(url, token, process) else None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)
        shutil.rmtree(home, ignore_errors=True)


def _is_up(url: str, token: str, process: "subprocess.Popen[bytes]") -> bool:
    for _ in range(300):
        with suppress(OSError), urllib.request.urlopen(f"{url}/api/status?token={token}", timeout=5):
            return True
        if process.poll() is not None:
            return False
        time.sleep(0.2)
    return False


def _row(name: str, value: float, unit: str, goal: float) -> Row:
    return Row(name, value, unit, "", None, f"<= {goal:g} {unit}", value <= goal)
