"""Which notebook a kernel belongs to, as each front end tells it."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from nbtrack.capture.session.jupyter_server import kernel_id, notebook_of
from nbtrack.capture.session.notebook import Whereabouts

KERNEL = "0f2b6c1e-7a6d-4b57-9d0e-3c1f5a7b9e21"


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NBTRACK_NOTEBOOK", "JPY_SESSION_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "argv", ["python"])


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    path = tmp_path / "work" / "study.ipynb"
    path.parent.mkdir()
    path.write_text("{}", "utf-8")
    return path


@pytest.fixture
def whereabouts() -> Iterator[Whereabouts]:
    found = Whereabouts()
    yield found
    found.close()


def test_our_extension_tells_and_follows_renaming(whereabouts: Whereabouts, notebook: Path) -> None:
    whereabouts.hear({"nbtrack": {"path": str(notebook)}})
    assert whereabouts.path({}) == notebook
    renamed = notebook.rename(notebook.with_name("other.ipynb"))
    whereabouts.hear({"nbtrack": {"path": str(renamed)}})
    assert whereabouts.path({}) == renamed


def test_vs_code_tells_in_a_variable(whereabouts: Whereabouts, notebook: Path) -> None:
    assert whereabouts.path({"__vsc_ipynb_file__": str(notebook)}) == notebook


def test_the_environment_may_tell(whereabouts: Whereabouts, notebook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_NOTEBOOK", str(notebook))
    assert whereabouts.path({}) == notebook


def test_jupyter_tells_in_the_name_of_the_session(
    whereabouts: Whereabouts, notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", str(notebook))
    assert whereabouts.path({}) == notebook
    monkeypatch.delenv("JPY_SESSION_NAME")
    assert whereabouts.path({"__session__": str(notebook)}) == notebook


@pytest.mark.parametrize(
    "told", ["34361149-aaaa-bbbb-cccc-0123456789ab", "gone.ipynb", "study.py", "\0.ipynb", "~nobody/x.ipynb", 3]
)
def test_what_is_no_existing_notebook_is_no_answer(whereabouts: Whereabouts, notebook: Path, told: object) -> None:
    assert whereabouts.path({"__session__": told, "__vsc_ipynb_file__": told}) is None


def test_an_answer_is_given_again_only_while_it_holds(
    whereabouts: Whereabouts, notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guess, other = tmp_path / "link.ipynb", notebook.with_name("other.ipynb")
    guess.symlink_to(notebook)
    whereabouts.hear({"nbtrack": {"path": str(guess)}})
    assert (whereabouts.path({}), whereabouts.path({})) == (notebook, notebook)
    notebook.rename(other)
    assert whereabouts.path({}) is None
    notebook.symlink_to(other)
    assert whereabouts.path({}) == other
    guess.unlink()
    guess.mkdir()
    assert whereabouts.path({}) is None
    monkeypatch.chdir(notebook.parent)
    whereabouts.hear({"nbtrack": {"path": "other.ipynb"}})
    assert whereabouts.path({}) == other
    monkeypatch.chdir(tmp_path)
    assert whereabouts.path({}) is None
    (tmp_path / "other.ipynb").write_text("{}", "utf-8")
    assert whereabouts.path({}) == tmp_path / "other.ipynb"


@pytest.mark.parametrize("told", [None, [], "text", {"path": 3}, {"nbtrack": "text"}])
def test_malformed_metadata_is_passed_over(whereabouts: Whereabouts, told: Any) -> None:
    whereabouts.hear({"nbtrack": told})
    assert whereabouts.path({}) is None


def test_the_kernel_is_known_by_its_connection_file() -> None:
    assert kernel_id(["launcher.py", "-f", f"/run/kernel-{KERNEL}.json"]) == KERNEL
    assert kernel_id(["launcher.py", f"--f=/run/kernel-{KERNEL}.json"]) == KERNEL
    assert kernel_id(["ipython"]) is None


class Jupyter:
    """A Jupyter server as far as it is asked, in a thread of this process."""

    def __init__(self, runtime: Path, root: Path, path: str, **described: Any) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.answer = json.dumps([{"kernel": {"id": "another"}}, {"kernel": {"id": KERNEL}, "path": path}])
        self.server = HTTPServer(("127.0.0.1", 0), self._handler())
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()
        file = {
            "url": f"http://127.0.0.1:{self.server.server_port}/base/",
            "base_url": "/base/",
            "token": "t0k3n",
            "root_dir": str(root),
            **described,
        }
        (runtime / "jpserver-1.json").write_text(json.dumps(file), "utf-8")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        jupyter = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                jupyter.asked.append((self.path, self.headers.get("Authorization")))
                body = jupyter.answer.encode()
                self.send_response(302 if jupyter.answer == "" else 200)
                self.send_header("Location", "http://example.org/")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None: ...

        return Handler

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def jupyter(tmp_path: Path, notebook: Path) -> Iterator[Jupyter]:
    served = Jupyter(tmp_path, tmp_path, "work/study.ipynb")
    yield served
    served.stop()


def test_the_server_of_this_machine_is_asked_with_its_token(jupyter: Jupyter, tmp_path: Path, notebook: Path) -> None:
    assert notebook_of(KERNEL, tmp_path) == str(notebook)
    assert jupyter.asked == [("/base/api/sessions", "token t0k3n")]


def test_a_kernel_of_another_server_has_no_answer(jupyter: Jupyter, tmp_path: Path) -> None:
    assert notebook_of("f" * 36, tmp_path) is None


@pytest.mark.parametrize(
    "answer", ["", "null", "{}", "[1, {}]", "<html>", json.dumps([{"kernel": {"id": KERNEL}, "path": 3}])]
)
def test_a_server_that_answers_otherwise_has_none_either(jupyter: Jupyter, tmp_path: Path, answer: str) -> None:
    jupyter.answer = answer
    assert notebook_of(KERNEL, tmp_path) is None
    assert len(jupyter.asked) == 1


@pytest.mark.parametrize(
    "url", ["http://example.org/", "http://10.0.0.1:8888/", "https://localhost:1/", "file:///etc", ""]
)
def test_nobody_else_is_asked(jupyter: Jupyter, tmp_path: Path, url: str) -> None:
    described = json.loads((tmp_path / "jpserver-1.json").read_text("utf-8"))
    (tmp_path / "jpserver-1.json").write_text(json.dumps({**described, "url": url}), "utf-8")
    assert notebook_of(KERNEL, tmp_path) is None


def test_files_of_dead_servers_and_damaged_files_are_passed_over(
    jupyter: Jupyter, tmp_path: Path, notebook: Path
) -> None:
    (tmp_path / "jpserver-2.json").write_text("{", "utf-8")
    dead = {"url": "http://127.0.0.1:1/", "root_dir": str(tmp_path), "token": ""}
    (tmp_path / "jpserver-3.json").write_text(json.dumps(dead), "utf-8")
    assert notebook_of(KERNEL, tmp_path) == str(notebook)


def test_a_session_named_by_a_uuid_is_resolved_in_the_background(
    jupyter: Jupyter, tmp_path: Path, notebook: Path, whereabouts: Whereabouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / KERNEL))
    monkeypatch.setattr(sys, "argv", ["launcher.py", "-f", str(tmp_path / f"kernel-{KERNEL}.json")])
    assert whereabouts.path({}) is None
    whereabouts.wait()
    assert (whereabouts.path({}), len(jupyter.asked)) == (notebook, 1)


def test_a_server_without_an_answer_is_left_alone_for_a_while(
    jupyter: Jupyter, tmp_path: Path, whereabouts: Whereabouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    jupyter.answer = "[]"
    monkeypatch.setattr(sys, "argv", ["launcher.py", "-f", str(tmp_path / f"kernel-{KERNEL}.json")])
    for _ in range(5):
        assert whereabouts.path({}) is None
        whereabouts.wait()
    assert len(jupyter.asked) == 1
