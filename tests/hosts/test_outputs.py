"""What a tracked cell showed is kept with its run, and shown exactly as it would have been."""

from __future__ import annotations

import builtins
import gc
import io
import json
import os
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.hosts import outputs
from nbtrack.hosts.tap import Tap
from nbtrack.store.discovery import open_store


def kept(store: Path, run: nbtrack.Run) -> dict[str, str | bytes]:
    found: dict[str, str | bytes] = {}
    for artifact in run.artifacts:
        if not artifact.name.startswith("outputs/"):
            continue
        content = open_store(store).get(artifact.sha256)
        text = artifact.media_type.startswith(("text/", "application/")) or artifact.name.endswith(".svg")
        found[artifact.name.removeprefix("outputs/")] = content.decode() if text else content
    return found


def last(shell: Any) -> dict[str, str | bytes]:
    return kept(shell.store, shell.last)


def warnings(shell: Any) -> list[str]:
    return [text for text in shell.last.warnings if text.startswith("outputs")]


def hooks(shell: Any) -> list[object]:
    """Return the functions of ours that stand on any object we may touch in a cell."""
    owners = (sys.stdout, sys.stderr, shell.ip, shell.ip.display_pub, shell.ip.displayhook)
    values = [value for owner in owners for name, value in vars(owner).items() if name != "showtraceback"]
    return [value for value in values if type(getattr(value, "nbtrack_tap", None)) is Tap]


DISPLAYED = """%%track
from IPython.display import HTML, display
print("before")
display(HTML("<b>bold</b>"), {"image/png": b"png"}, raw=False)
print("after", file=__import__("sys").stderr)
HTML("<table></table>")"""


def test_displays_results_and_streams_are_kept_with_the_run(shell: Any) -> None:
    shell.run(DISPLAYED)
    assert last(shell) == {
        "stdout.txt": "before\n",
        "stderr.txt": "after\n",
        "01-html.html": "<b>bold</b>",
        "02-table.html": "<table></table>",
    }


def test_everything_is_shown_as_it_would_have_been(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    plain = shell.run(DISPLAYED.replace("%%track", ""))
    shown, streams = shell.published[:], capsys.readouterr()
    shell.published.clear()
    tracked = shell.run(DISPLAYED)
    assert [output for output in shell.published if "nbtrack" not in output["metadata"]] == shown
    again = capsys.readouterr()
    assert (again.out.replace("Out[2]", "Out[1]"), again.err) == (streams.out, streams.err)
    assert (type(tracked.result), tracked.success) == (type(plain.result), plain.success)


def test_prompts_results_and_tracebacks_of_a_console_are_not_its_output(shell: Any) -> None:
    shell.run("%%track\nprint('one')\n'x' * 100")
    assert last(shell) == {"stdout.txt": "one\n", "01-text.txt": repr("x" * 100)}
    shell.run("%%track\nprint('two')\n1 / 0")
    assert last(shell) == {"stdout.txt": "two\n"}
    assert shell.last.error is not None


def test_a_cell_that_shows_nothing_keeps_nothing(shell: Any) -> None:
    shell.run("%%track\nx = 1")
    assert (last(shell), warnings(shell)) == ({}, [])


def test_updates_and_clearing_are_followed(shell: Any) -> None:
    shell.run(
        "%%track\nfrom IPython.display import *\n"
        "for i in range(3):\n    clear_output(wait=True)\n    display(HTML(f'<i>{i}</i>'))\n"
        "handle = display(HTML('<b>1</b>'), display_id=True)\nhandle.update(HTML('<b>2</b>'))\n"
    )
    assert last(shell) == {"01-html.html": "<i>2</i>", "02-html.html": "<b>2</b>"}


def test_what_is_captured_belongs_to_the_person_until_it_is_shown(shell: Any) -> None:
    body = (
        "print('hidden')\nfrom IPython.display import HTML, display\ndisplay(HTML('<b>hidden</b>'))\nHTML('<i>x</i>')"
    )
    shell.run(f"%%track\n%%capture found\n{body}")
    assert last(shell) == {}
    shell.run(f"%%capture again\n%%track\n{body}")
    assert [kept(shell.store, run) for run in shell.runs] == [{}] * len(shell.runs)
    found = shell.names["found"]
    assert found.stdout == "hidden\n"
    assert [output.data["text/html"] for output in found.outputs] == ["<b>hidden</b>", "<i>x</i>"]
    shell.run("%%track\nfound.show()")
    assert last(shell) == {"stdout.txt": "hidden\n", "01-html.html": "<b>hidden</b>", "02-html.html": "<i>x</i>"}


def test_a_diverted_stream_is_not_ours_and_one_that_passes_on_is(shell: Any) -> None:
    shell.run(
        "%%track\nimport contextlib, io, sys\nheld = io.StringIO()\n"
        "with contextlib.redirect_stdout(held):\n    print('held')\n"
        "class Double:\n    def __init__(self, to): self.to = to\n"
        "    def write(self, text): self.to.write(text.upper())\n    def flush(self): pass\n"
        "was, sys.stdout = sys.stdout, Double(sys.stdout)\nprint('loud')\nsys.stdout = was\nprint('plain')"
    )
    assert last(shell) == {"stdout.txt": "LOUD\nplain\n"}
    assert shell.names["held"].getvalue() == "held\n"


def test_a_stream_the_person_put_there_before_is_copied_or_left_alone(
    shell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Plain:
        def __init__(self) -> None:
            self.text = ""

        def write(self, text: str, *, loud: bool = False) -> int:
            self.text += text.upper() if loud else text
            return len(text)

        def flush(self) -> None:
            pass

    class Slotted(Plain):
        __slots__ = ()

        def __setattr__(self, name: str, value: object) -> None:
            if name == "text":
                object.__setattr__(self, name, value)

    class Proxy:
        def __init__(self) -> None:
            self._to = Plain()

        def __getattr__(self, name: str) -> Any:
            return getattr(self._to, name)

    for stream, found in (
        (Plain(), {"stdout.txt": "ab"}),
        (Slotted(), {}),
        (Proxy(), {}),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", stream)
            result = shell.run("%%track\nimport sys\nsys.stdout.write('a')\nn = sys.stdout.write('b', loud=True);")
        assert (result.success, shell.names["n"], last(shell)) == (True, 1, found)


def test_text_that_goes_to_a_buffer_is_captured(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", io.StringIO())
        shell.run("%%track\nprint('held')")
    assert last(shell) == {}


def test_every_hook_is_gone_after_a_cell_however_it_ends(shell: Any) -> None:
    written, taken = sys.stdout.write, []
    shell.names["look"] = lambda: taken.append(len(hooks(shell)))
    for body in ("pass", "1 / 0", "raise KeyboardInterrupt", "raise SystemExit", "x = (", "%%time\npass"):
        shell.run(f"%%track\nlook()\n{body}" if body != "%%time\npass" else f"%%track\n{body}")
        assert hooks(shell) == []
        assert sys.stdout.write == written
    assert set(taken) == {7}


def test_untracked_cells_and_cells_that_become_no_run_leave_no_hook(shell: Any) -> None:
    shell.names["look"] = lambda: hooks(shell)
    assert shell.run("print('x')\nlook()").result == []
    shell.run("%track on")
    assert len(shell.run("print('x')\nlook()").result) == 7
    assert hooks(shell) == []
    shell.run("%track off")
    assert shell.run("%%track\nlook()").result == []
    assert len(shell.runs) == 0


def test_unloading_in_the_middle_of_a_cell_takes_the_hooks_out(shell: Any) -> None:
    shell.names.update({"look": lambda: hooks(shell), "nbtrack": nbtrack})
    assert shell.run("%%track\nnbtrack.unload_ipython_extension(get_ipython())\nlook()").result == []


def test_streams_of_a_kernel_send_the_rest_in_the_order_of_a_plain_cell() -> None:
    sent: list[str] = []

    class Stream:
        def __init__(self, name: str) -> None:
            self.name = name

        def add(self, take: object) -> None:
            pass

        def remove(self, take: object) -> None:
            sent.append(self.name)

    recording = outputs.Recording()
    for name, transcript in recording.streams.items():
        recording.listen(Stream(name), transcript)  # type: ignore[arg-type]  # a fake of KernelStream
    recording.stop()
    assert sent == ["stdout", "stderr"]


def test_who_wraps_a_stream_too_and_stays_finds_it_working_and_leaves_no_hook(shell: Any) -> None:
    """Other trackers do so: they wrap ``write`` in one cell and put it back in another."""
    wrap = "import sys\nheld = sys.stdout.write\ndef theirs(text): seen.append(text); return held(text)\n"
    shell.run(f"%%track\nseen = []\n{wrap}sys.stdout.write = theirs\nprint('one')")
    shell.run("%%track\nprint('two')")
    assert last(shell) == {"stdout.txt": "two\n"}
    shell.run("%%track\nsys.stdout.write = held\nprint('three')")
    shell.run("%%track\nprint('four')")
    assert last(shell) == {"stdout.txt": "four\n"}
    assert "".join(shell.names["seen"]).startswith("one\n")
    assert hooks(shell) == []


def test_a_kept_write_goes_on_writing_and_is_not_recorded_in_later_runs(
    shell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run("%%track\nimport sys\nput = sys.stdout.write\nput('one\\n');")
    shell.run("%%track\nput('two\\n');")
    assert "one\ntwo\n" in capsys.readouterr().out
    assert [kept(shell.store, run) for run in shell.runs] == [{}, {"stdout.txt": "one\n"}]


def test_a_cell_inside_a_cell_is_output_of_both(shell: Any) -> None:
    shell.run("%%track\nprint('outer')\nget_ipython().run_cell('%%track inner\\nprint(\"inner\")')\nprint('end');")
    found = {run.name: kept(shell.store, run) for run in shell.runs}
    assert found.pop("inner") == {"stdout.txt": "inner\n"}
    assert list(found.values()) == [{"stdout.txt": "outer\ninner\nend\n"}]


def test_prints_and_displays_of_threads_are_kept(shell: Any) -> None:
    shell.run(
        "%%track\nimport threading\nfrom IPython.display import HTML, display\n"
        "def work(): print('in a thread'); display(HTML('<b>thread</b>'))\n"
        "thread = threading.Thread(target=work); thread.start(); thread.join()"
    )
    assert last(shell) == {"stdout.txt": "in a thread\n", "01-html.html": "<b>thread</b>"}


def test_async_cells_are_recorded_too(shell: Any) -> None:
    shell.run(
        "%%track\nimport asyncio\nfor i in range(3):\n    await asyncio.sleep(0)\n    print(i)\n"
        "from IPython.display import HTML\nHTML('<b>done</b>')"
    )
    assert last(shell) == {"stdout.txt": "0\n1\n2\n", "01-html.html": "<b>done</b>"}


def test_logging_warnings_and_progress_bars_are_kept(shell: Any) -> None:
    shell.run(
        "%%track\nimport logging, sys, warnings\n"
        "handler = logging.StreamHandler(sys.stdout); logger = logging.getLogger('here')\n"
        "logger.addHandler(handler); logger.propagate = False\nlogger.error('logged')\n"
        "sys.stdout.writelines(['a', 'b\\n'])\n"
        "for i in range(5): print(f'\\r{i}/4', end='', file=sys.stderr)"
    )
    assert last(shell) == {"stdout.txt": "logged\nab\n", "stderr.txt": "4/4"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # forking a process with threads
def test_a_forked_child_may_print(shell: Any, tmp_path: Path) -> None:
    shell.run(
        "%%track\nimport os, sys\nchild = os.fork()\n"
        "if not child:\n    sys.stdout = sys.stdout\n    sys.stdout.write('c' * 1000)\n    os._exit(7)\n"
        "status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])\nprint('parent')"
    )
    assert shell.names["status"] == 7
    assert last(shell) == {"stdout.txt": "parent\n"}


def test_secrets_are_redacted_and_counted(shell: Any) -> None:
    shell.run(
        "%%track\nfrom IPython.display import HTML, display\n"
        "import base64; word = base64.b64decode('aHVudGVyMjJ4').decode()\n"
        "print(f'password = \"{word}\"'); display(HTML(f'<p>https://me:{word}@example.org</p>'))"
    )
    assert last(shell) == {
        "stdout.txt": 'password = "[redacted:name]"\n',
        "01-html.html": "<p>https://[redacted:url]@example.org</p>",
    }
    assert all(b"hunter22x" not in path.read_bytes() for path in shell.store.rglob("*") if path.is_file())


def test_too_many_outputs_are_said_on_the_run(shell: Any) -> None:
    shell.run("%%track\nfrom IPython.display import HTML, display\nfor i in range(60): display(HTML(f'<i>{i}</i>'))")
    assert len(last(shell)) == 50
    assert warnings(shell) == ["outputs: 10 displayed outputs were not kept: 10 over 50 outputs or 20 MB"]


def test_a_slow_disk_does_not_keep_the_cell_waiting(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "PATIENCE", -1)
    shell.run("%%track\nprint('x')")
    assert (last(shell), warnings(shell)) == (
        {},
        ["outputs: 1 of 1 files were not kept: storing them would have taken too long"],
    )


def test_a_failure_of_ours_is_said_on_the_run_and_nowhere_else(
    shell: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(outputs.Displays, "add", broken)
    monkeypatch.setattr(outputs.Transcript, "write", broken)
    result = shell.run("%%track\nfrom IPython.display import HTML\nprint('shown')\nHTML('<b>x</b>')")
    assert result.success
    assert "shown\n" in capsys.readouterr().out
    (warning,) = warnings(shell)
    assert re.fullmatch(r"outputs: \d could not be recorded", warning)


def test_an_exception_of_the_stream_is_the_cells(shell: Any) -> None:
    shell.run("%%track\nimport sys\ntry:\n    sys.stdout.write(5)\nexcept TypeError as e:\n    seen = type(e)")
    assert shell.names["seen"] is builtins.TypeError
    assert last(shell) == {}


CELLS = {
    "matplotlib": "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()\n"
    "figure, axes = plt.subplots(); axes.plot([3, 1]); print('after')",
    "plotly": "import plotly.express as px\npx.line(x=[1, 2], y=[3, 4]).show()\npx.bar(x=[1, 2], y=[3, 4])",
    "altair": "import altair as alt, pandas as pd\nalt.Chart(pd.DataFrame({'a': [1, 2]})).mark_bar().encode(x='a:Q')",
    "frames": "import polars as pl\ndisplay(pl.DataFrame({'a': [1, 2]}))\npd.DataFrame({'a': [1, 2]})",
    "update": "from IPython.display import *\nhandle = display(HTML('<i>1</i>'), display_id='d')\nhandle.update(HTML('2'))",
    "clear": "for i in range(3):\n    clear_output(wait=True)\n    display(HTML(f'<p>{i}</p>'))",
    "system": "!echo from a shell\nimport subprocess, time\nsubprocess.run(['echo', 'from a process']); time.sleep(0.5)",
    "thread": "import threading\ndef work(): print('in a thread'); display(HTML('<u>t</u>'))\n"
    "thread = threading.Thread(target=work); thread.start(); thread.join()",
    "logging": "import logging, sys\nlogging.basicConfig(stream=sys.stderr, format='%(message)s', force=True)\n"
    "logging.error('logged')",
    "progress": "for i in range(5):\n    sys.stderr.write(f'\\r{i * 25}%'); sys.stderr.flush(); time.sleep(0.05)",
    "async": "import asyncio\nfor i in range(3):\n    await asyncio.sleep(0.01); print('tick', i)\ndisplay(HTML('a'))\n7",
    "error": "print('before')\ndisplay(HTML('<q>x</q>'))\n#\n#\n#\n#\n#\n#\n#\n1 / 0",
    "capture": "%%capture found\nprint('hidden'); display(HTML('hidden'))",
    "show": "found.show()",
    "fork": "import os, warnings\nwarnings.simplefilter('ignore')\nchild = os.fork()\nif not child:\n    print('child'); os._exit(0)\nos.waitpid(child, 0)[1]",
    "secret": "print('https://me:hunter' + '22@example.org')",
}


@pytest.fixture
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Kernel, Kernel]]:
    monkeypatch.setenv("NBTRACK_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    pair = Kernel(tmp_path), Kernel(tmp_path)
    yield pair
    for kernel in pair:
        kernel.client.stop_channels()
        kernel.manager.shutdown_kernel(now=True)
    del kernel, pair
    gc.collect()  # jupyter_client leaves sockets to it, and their warnings are let pass here


class Kernel:
    """A kernel and the messages it publishes."""

    def __init__(self, folder: Path) -> None:
        from jupyter_client.manager import start_new_kernel

        env = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}  # ipykernel looks
        self.manager, self.client = start_new_kernel(kernel_name="python3", cwd=str(folder), env=env)

    def run(self, code: str) -> list[tuple[str, Any]]:
        messages: list[tuple[str, Any]] = []
        self.client.execute_interactive(
            code,
            timeout=60,
            output_hook=lambda message: messages.append((message["msg_type"], message["content"])),
        )
        return messages


def comparable(messages: list[tuple[str, Any]]) -> list[str]:
    """Text of a stream may arrive in one message or in several, and generated ids differ."""
    found: list[tuple[str, Any]] = []
    for kind, content in messages:
        if kind == "execute_input" or "nbtrack" in content.get("metadata", {}):
            continue
        if kind == "stream" and found and found[-1][0] == "stream" and found[-1][1]["name"] == content["name"]:
            found[-1] = (kind, {**content, "text": found[-1][1]["text"] + content["text"]})
        else:
            found.append((kind, content))
    uuid = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # of the HTML that plotly may show beside its chart
    generated = re.compile(rf"0x[0-9a-f]+|altair-viz-[0-9a-f]+|{uuid}|(?<=In\[)\d+|(?<=pid=)\d+|(?<=ipykernel_)\d+/\d+")
    return [generated.sub("…", json.dumps(message, sort_keys=True)) for message in found]


kernel_test = [
    pytest.mark.kernel,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # jupyter_client's and zmq's own
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


class TestInAKernel:
    pytestmark = kernel_test

    def test_a_kernel_publishes_the_same_messages_and_their_contents_are_kept(
        self, kernels: tuple[Kernel, Kernel], tmp_path: Path
    ) -> None:
        plain, tracked = kernels
        for kernel, first in ((plain, "0;"), (tracked, "%load_ext nbtrack")):
            kernel.run(first)
        for name, source in CELLS.items():
            head = "# plain" if not source.startswith("%%") else ""
            expected = plain.run(f"{head}\n{source}".lstrip("\n"))
            assert comparable(tracked.run(f"%%track {name}\n{source}")) == comparable(expected), name
        found = {run.name: kept(tmp_path / "store", run) for run in nbtrack.runs(store=tmp_path / "store")}
        assert {name: sorted(files) for name, files in found.items()} == {
            "matplotlib": ["01-figure.png", "02-figure.png", "stdout.txt"],
            "plotly": ["01-plotly.json", "02-plotly.json"],
            "altair": ["01-vega.html"],
            "frames": ["01-table.html", "02-table.html"],
            "update": ["01-html.html"],
            "clear": ["01-html.html"],
            "system": ["stdout.txt"],
            "thread": ["01-html.html", "stdout.txt"],
            "logging": ["stderr.txt"],
            "progress": ["stderr.txt"],
            "async": ["01-html.html", "stdout.txt"],
            "error": ["01-html.html", "stdout.txt"],
            "capture": [],
            "show": ["01-html.html", "stdout.txt"],
            "fork": [],
            "secret": ["stdout.txt"],
        }
        texts = {name: files.get("stdout.txt", files.get("stderr.txt")) for name, files in found.items()}
        assert {name: text for name, text in texts.items() if text is not None} == {
            "matplotlib": "after\n",
            "system": "from a shell\nfrom a process\n",
            "thread": "in a thread\n",
            "logging": "logged\n",
            "progress": "100%",
            "async": "tick 0\ntick 1\ntick 2\n",
            "error": "before\n",
            "show": "hidden\n",
            "secret": "https://[redacted:url]@example.org\n",
        }
        assert (found["update"]["01-html.html"], found["clear"]["01-html.html"]) == ("2", "<p>2</p>")
        assert found["matplotlib"]["01-figure.png"][:4] == b"\x89PNG"  # type: ignore[comparison-overlap]  # it is bytes

    def test_printing_costs_nothing_and_late_threads_stay_with_their_own_cell(
        self, kernels: tuple[Kernel, Kernel], tmp_path: Path
    ) -> None:
        kernel, _ = kernels
        kernel.run("%load_ext nbtrack\nimport sys, threading, time")
        look = "print(hasattr(getattr(sys.stdout.write, '__func__', sys.stdout.write), 'nbtrack_tap'))"
        late = "threading.Thread(target=lambda: (time.sleep(0.5), print('late'))).start()"
        kernel.run(f"%%track first\n{look}\n{late}")
        kernel.run("%%track second\ntime.sleep(1)\nprint('now')")
        found = {run.name: kept(tmp_path / "store", run) for run in nbtrack.runs(store=tmp_path / "store")}
        assert found["first"] == {"stdout.txt": "False\n"}
        assert found["second"] in ({"stdout.txt": "now\n"}, {"stdout.txt": "late\nnow\n"})  # as ipykernel 7, 6 show it

    def test_an_interrupt_and_unloading_leave_the_streams_as_they_were(
        self, kernels: tuple[Kernel, Kernel], tmp_path: Path
    ) -> None:
        kernel, _ = kernels
        kernel.run("%load_ext nbtrack\nimport sys, time")
        threading.Timer(1.5, kernel.manager.interrupt_kernel).start()
        kernel.run("%%track\nfor i in range(200):\n    print(i); time.sleep(0.05)")
        (run,) = nbtrack.runs(store=tmp_path / "store")
        assert run.status == "interrupted"
        assert str(kept(tmp_path / "store", run)["stdout.txt"]).startswith("0\n1\n2\n")
        kernel.run("%unload_ext nbtrack")
        left = (
            "found = []\nshell = get_ipython()\n"
            "sys.stdout.pub_thread.schedule(lambda: found.append(len(sys.stdout._hooks)))\ntime.sleep(0.2)\n"
            "owners = (sys.stdout, sys.stderr, shell, shell.display_pub, shell.displayhook)\n"
            "sum(hasattr(v, 'nbtrack_tap') for o in owners for v in vars(o).values()), found"
        )
        ((_, result),) = [message for message in kernel.run(left) if message[0] == "execute_result"]
        assert result["data"]["text/plain"] == "(0, [0])"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1 + 1", "2"),
        ("'word'", "'word'"),
        ("'x' * 200", None),
        ("object()", None),
        ("x = 1", None),
        ("token = 'ghp_' + 'a1B2c3D4e5' * 4\ntoken[:36]", None),
    ],
)
def test_a_short_value_of_the_last_expression_stands_in_the_record(shell: Any, cell: str, value: str | None) -> None:
    shell.run(f"%%track\n{cell}")
    kept = shell.last.document.get("result")
    assert kept == value or (value is None and (kept is None or "ghp_" not in kept))
