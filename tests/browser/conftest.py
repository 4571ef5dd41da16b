"""A real browser, pages that are watched, and a JupyterLab of the tests' own.

The tests are skipped where Chromium is missing, and fail there when NBTRACK_REQUIRE contains ``browser``.
"""

import http.server
import json
import os
import runpy
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.export.page import write_comparison
from nbtrack.model.run import Run

_FAKES = runpy.run_path(str(Path(__file__).parents[1] / "view" / "fake_runs.py"))
_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
_ARGUMENTS = [*_QUIET, "--disable-component-update", "--disable-sync"]
_LOCAL = ("file:", "data:", "blob:", "about:", "http://127.0.0.1:", "ws://127.0.0.1:")


@dataclass
class Watched:
    """A page with what it did behind the scenes: console errors, dialogs, and requests that left the machine."""

    page: Any
    problems: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self.problems.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", lambda request: self._note(request.url))
        self.page.on("requestfailed", self._refuse)
        self.page.on("dialog", self._dismiss)

    def _note(self, url: str) -> None:
        if not url.startswith(_LOCAL):
            self.requests.append(url)

    def _refuse(self, request: Any) -> None:
        """Take off what a page's policy refused: Chromium tells of some of these as if they had been sent."""
        if request.failure == "csp" and request.url in self.requests:
            self.requests.remove(request.url)

    def _dismiss(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    @property
    def quiet(self) -> bool:
        """Whether nothing went wrong and nothing left the machine."""
        return not (self.problems or self.dialogs or self.requests)


@dataclass(frozen=True)
class Outside:
    """A server that hostile content asks for things: ``asked`` is every path that reached it."""

    url: str
    asked: list[str]


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab; ``root`` is the folder it shows."""

    url: str
    token: str
    root: Path

    def open(self, page: Any, notebook: str) -> None:
        """Open JupyterLab and the notebook in it, and return when its kernel answers."""
        page.goto(f"{self.url}/lab?token={self.token}&reset")
        page.wait_for_function("window.jupyterapp && window.jupyterapp.restored.then(() => true)")
        page.evaluate(
            """async (path) => {
                const panel = await window.jupyterapp.commands.execute("docmanager:open", { path, factory: "Notebook" });
                await panel.context.ready;
                await panel.sessionContext.ready;
                await panel.sessionContext.session.kernel.info;
            }""",
            notebook,
        )

    def run_all(self, page: Any) -> None:
        """Run every cell of the open notebook and return when all are done."""
        page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")


@pytest.fixture(scope="session")
def make_run() -> Callable[..., Run]:
    return _FAKES["make_run"]


@pytest.fixture(scope="session")
def study() -> Callable[..., list[Run]]:
    return _FAKES["study"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for all tests."""
    if not Path(_CHROMIUM).exists():
        _missing("Chromium is not installed")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("playwright is not installed")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=_CHROMIUM, headless=True, args=_ARGUMENTS)
        yield chromium
        chromium.close()


def _missing(what: str) -> None:
    if "browser" in os.environ.get("NBTRACK_REQUIRE", ""):
        pytest.fail(f"{what}, and NBTRACK_REQUIRE asks for the browser tests")
    pytest.skip(f"{what}; the browser tests are not run")


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[..., Watched]]:
    """Open pages in contexts of their own, closed after the test; options are the context's (``color_scheme`` …)."""
    contexts: list[Any] = []

    def opened(url: str = "about:blank", **options: Any) -> Watched:
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 800}, **options})
        contexts.append(context)
        watched = Watched(context.new_page())
        watched.page.goto(url)
        return watched

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def outside() -> Iterator[Outside]:
    """Somebody else's server. What the pages of a frame ask for, Playwright does not always tell; this sees it."""
    asked: list[str] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - its name there
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Outside(f"http://127.0.0.1:{server.server_port}", asked)
        server.shutdown()


@pytest.fixture
def open_comparison(open_page: Callable[..., Watched], tmp_path: Path) -> Callable[..., Watched]:
    """Write the page of these runs and open it from disk."""

    def opened(runs: Sequence[Run], title: str = "A study", **options: Any) -> Watched:
        path = write_comparison(runs, tmp_path / f"{secrets.token_hex(4)}.html", title)
        watched = open_page(path.as_uri(), **options)
        watched.page.wait_for_selector("[role=tablist]", state="attached")
        return watched

    return opened


@pytest.fixture(scope="session")
def lab(start_lab: Callable[..., Any]) -> Iterator[Lab]:
    """One JupyterLab server for all tests, with folders of its own, ended with its kernels."""
    with start_lab(Path(sys.executable), os.environ) as running:
        yield running


@pytest.fixture
def extension() -> None:
    """The extension is built from TypeScript; whoever works on Python alone may have none."""
    if (Path(nbtrack.__file__).parent / "labextension" / "package.json").exists():
        return
    if "labextension" in os.environ.get("NBTRACK_REQUIRE", ""):
        pytest.fail("the extension of JupyterLab is not built, and NBTRACK_REQUIRE asks for it")
    pytest.skip("the extension of JupyterLab is not built; `make labextension` builds it")


@pytest.fixture(scope="session")
def start_lab(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Start JupyterLab with this interpreter and these variables."""
    pytest.importorskip("jupyterlab")

    @contextmanager
    def started(python: Path, variables: Mapping[str, str]) -> Iterator[Lab]:
        home = tmp_path_factory.mktemp("lab")
        root = home / "notebooks"
        root.mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        running = Lab(f"http://127.0.0.1:{port}", secrets.token_hex(16), root)
        with _server(running, home, port, python, variables):
            yield running

    return started


@contextmanager
def _server(lab: Lab, home: Path, port: int, python: Path, variables: Mapping[str, str]) -> Iterator[None]:
    _without_announcements(home)
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(
            _command(lab, port, python),
            env=_environment(home, variables),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _wait_until_up(lab, server, home / "server.log")
            yield
        finally:
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)
            server.wait(20)


def _without_announcements(home: Path) -> None:
    config = home / "config" / "labconfig"
    config.mkdir(parents=True)
    disabled = {"@jupyterlab/apputils-extension:announcements": True}
    (config / "page_config.json").write_text(json.dumps({"disabledExtensions": disabled}))


def _environment(home: Path, variables: Mapping[str, str]) -> dict[str, str]:
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    return {**variables, **{name: str(home / folder) for name, folder in folders.items()}}


def _command(lab: Lab, port: int, python: Path) -> list[str]:
    return [
        *(str(python), "-m", "jupyterlab", "--no-browser", "--allow-root"),
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={lab.token}",
        f"--ServerApp.root_dir={lab.root}",
        "--LabApp.expose_app_in_browser=True",
        '--ServerApp.jpserver_extensions={"notebook":True,"nbtrack":True}',  # Notebook 7 beside it, and what an installed nbtrack adds
        "--LabApp.extension_manager=readonly",
        "--LanguageServerManager.autodetect=False",
    ]


def _wait_until_up(lab: Lab, server: subprocess.Popen[bytes], log: Path, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"{lab.url}/api/status?token={lab.token}", timeout=5):
            return
        time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text(errors='replace')[-2000:]}")
