"""A live comparison from the kernel's side: what is displayed, what is sent while cells run, what a page may ask."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

import nbtrack
from nbtrack.errors import RunNotFound, UsageError
from nbtrack.hosts.annotating import record_change
from nbtrack.view.payload import comparison_payload

_HTML = "text/html"


@pytest.fixture
def store() -> nbtrack.MemoryStore:
    made = nbtrack.MemoryStore()
    for name in ("one", "two", "three"):
        with nbtrack.start_run(name, store=made) as opened:
            opened.log(f1=0.5)
    return made


# --- selection


def test_selected_runs_come_back_in_the_order_in_which_they_were_selected(store: nbtrack.MemoryStore) -> None:
    comparison = nbtrack.compare(store=store)
    one, two, three = comparison.runs
    comparison.selected = [two, three.id, one.id[-8:]]
    assert list(comparison.selected) == [two, three, one]


def test_observers_are_told_of_a_new_selection_and_only_of_a_new_one(store: nbtrack.MemoryStore) -> None:
    comparison = nbtrack.compare(store=store)
    told: list[Any] = []
    comparison.observe(told.append)
    comparison.observe(told.append, names=["selected"])
    comparison.selected = comparison.runs[:1]
    comparison.selected = comparison.runs[:1]
    (change,) = told
    assert (change.name, change["type"], change.owner) == ("selected", "change", comparison)
    assert (list(change.old), list(change.new)) == ([], list(comparison.runs[:1]))
    comparison.unobserve(told.append)
    comparison.selected = []
    assert len(told) == 1


def test_an_observer_that_raises_keeps_no_other_from_being_told(store: nbtrack.MemoryStore) -> None:
    comparison = nbtrack.compare(store=store)
    told: list[Any] = []

    def broken(change: Any) -> None:
        raise KeyError("mine")

    comparison.observe(broken)
    comparison.observe(told.append)
    with pytest.raises(KeyError, match="mine"):
        comparison.selected = comparison.runs[:1]
    assert (len(told), len(comparison.selected)) == (1, 1)


def test_what_is_not_compared_cannot_be_selected(store: nbtrack.MemoryStore) -> None:
    comparison = nbtrack.compare("name = 'one'", store=store)
    with pytest.raises(RunNotFound, match="no run 'nothing' in this comparison"):
        comparison.selected = ["nothing"]
    with pytest.raises(AttributeError, match="nothing to observe but 'selected'"):
        comparison.observe(print, names="value")


def test_outside_a_kernel_a_comparison_is_text_and_has_no_widget(store: nbtrack.MemoryStore) -> None:
    comparison = nbtrack.compare(store=store)
    assert "three" in repr(comparison)
    with pytest.raises(UsageError, match="needs a Jupyter kernel"):
        _ = comparison.widget


# --- edits: whatever a page sends


@pytest.fixture
def one(store: nbtrack.MemoryStore) -> str:
    return nbtrack.runs("name = 'one'", store=store)[0].id


@pytest.mark.parametrize(
    ("change", "tags", "note"),
    [
        ({"do": "tag", "key": " best ", "value": "yes"}, {"best": "yes"}, None),
        ({"do": "tag", "key": "best", "value": 3}, {"best": 3}, None),
        ({"do": "tag", "key": "best", "value": None}, {}, None),
        ({"do": "archive", "value": True}, {"archived": True}, None),
        ({"do": "archive", "value": False}, {}, None),
        ({"do": "note", "text": "look again"}, {}, "look again"),
        ({"do": "note", "text": ""}, {}, None),
    ],
)
def test_a_change_reaches_the_store(
    store: nbtrack.MemoryStore, one: str, change: dict[str, Any], tags: dict[str, Any], note: str | None
) -> None:
    record_change(store, {"run": one, **change}, {one})
    run = nbtrack.run(one, store=store)
    assert (dict(run.tags), run.note) == (tags, note)


@pytest.mark.parametrize(
    "change",
    [
        None,
        [],
        "tag",
        {"do": "delete"},
        {"do": "tag", "key": "x"},
        {"do": "tag", "key": "", "value": 1},
        {"do": "tag", "key": "x" * 300, "value": 1},
        {"do": "tag", "key": 5, "value": 1},
        {"do": "tag", "key": "x", "value": {"a": 1}},
        {"do": "tag", "key": "x", "value": ["a"]},
        {"do": "tag", "key": "x", "value": "y" * 30_000},
        {"do": "tag", "key": "x", "value": float("nan")},
        {"do": "note", "text": None},
        {"do": "note", "text": 3},
        {"do": "archive", "value": 1},
    ],
)
def test_what_is_no_change_is_refused_with_a_reason(store: nbtrack.MemoryStore, one: str, change: Any) -> None:
    asked = {"run": one, **change} if isinstance(change, dict) else change
    before = nbtrack.run(one, store=store).document
    with pytest.raises(UsageError, match=r"[a-z]{2}"):
        record_change(store, asked, {one})
    assert nbtrack.run(one, store=store).document == before


@pytest.mark.parametrize("run", [None, 5, "", "../../etc/passwd", "20200101t000000-00000000", ["x"]])
def test_only_runs_of_the_comparison_can_be_changed(store: nbtrack.MemoryStore, one: str, run: Any) -> None:
    with pytest.raises(UsageError, match="not in the comparison"):
        record_change(store, {"do": "note", "run": run, "text": "x"}, {one})


def test_what_a_page_had_a_part_of_is_not_replaced_by_that_part(store: nbtrack.MemoryStore, one: str) -> None:
    for kind, value in (
        ("note", "n" * 500),
        ("tags", {"long": "t" * 500, "odd": "a\x1bb", "map": {"a": [1]}, "ok": "x"}),
    ):
        store.annotate(one, kind, value)
    asked = [
        {"do": "note", "text": "new"},
        *({"do": "tag", "key": key, "value": "new"} for key in ("long", "odd", "map")),
    ]
    for change in asked:
        with pytest.raises(UsageError, match=r"than what stands here; write it anew.*: nbtrack (note|tag)"):
            record_change(store, {"run": one, **change}, {one})
    record_change(store, {"do": "tag", "run": one, "key": "ok", "value": "y"}, {one})
    run = nbtrack.run(one, store=store)
    assert (run.note, run.tags["long"], run.tags["ok"]) == ("n" * 500, "t" * 500, "y")
    for change in ({"do": "note", "text": ""}, {"do": "tag", "key": "long", "value": None}):
        record_change(store, {"run": one, **change}, {one})
    run = nbtrack.run(one, store=store)
    assert (run.note, "long" in run.tags) == (None, False)


def test_a_note_of_several_lines_survives_being_written_in_a_page(store: nbtrack.MemoryStore, one: str) -> None:
    record_change(store, {"do": "note", "run": one, "text": "first\n\tsecond"}, {one})
    told = comparison_payload(nbtrack.runs("name = 'one'", store=store))["runs"]["note"]
    assert told == ["first\n\tsecond"]
    record_change(store, {"do": "note", "run": one, "text": f"{told[0]}\nthird"}, {one})
    assert nbtrack.run(one, store=store).note == "first\n\tsecond\nthird"


@pytest.mark.parametrize("text", ["\ud800", "\x00", "x\u202ey", "'; drop", "9" * 5000])
def test_any_text_can_be_a_tag_or_a_note(store: nbtrack.MemoryStore, one: str, text: str) -> None:
    for change in ({"do": "tag", "key": text[:50], "value": text}, {"do": "note", "text": text}):
        record_change(store, {"run": one, **change}, {one})
    assert nbtrack.run(one, store=store).note


def test_secrets_typed_into_a_page_do_not_reach_the_store(store: nbtrack.MemoryStore, one: str) -> None:
    record_change(store, {"do": "note", "run": one, "text": "key AKIA" + "IOSFODNN7EXAMPLQ"}, {one})
    assert "AKIA" not in str(nbtrack.run(one, store=store).note)


# --- in real kernels

_kernel = pytest.mark.kernel
_QUIET = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # jupyter_client's and zmq's own
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def quiet(test: Any) -> Any:
    for mark in (_kernel, *_QUIET):
        test = mark(test)
    return test


class Kernel:
    """A kernel with a person in front of it: requests name the cell they run, as JupyterLab's do."""

    def __init__(self, folder: Path) -> None:
        from jupyter_client.manager import start_new_kernel

        self.manager, self.client = start_new_kernel(kernel_name="python3", cwd=str(folder), env=dict(os.environ))
        self.heard: list[dict[str, Any]] = []

    def start(self, code: str, cell: str | None = "cell-1") -> str:
        message = self.client.session.msg(
            "execute_request", {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        )
        if cell:
            message["metadata"]["cellId"] = cell
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def run(self, code: str, cell: str | None = "cell-1") -> list[dict[str, Any]]:
        """Run a cell and return what it published."""
        request = self.start(code, cell)
        return self.until(lambda m: m["msg_type"] == "status" and _is_idle(m, request))

    def until(self, found: Any, seconds: float = 30) -> list[dict[str, Any]]:
        """Listen until a message comes; return all that came."""
        heard: list[dict[str, Any]] = []
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            message = self.client.get_iopub_msg(timeout=seconds)
            heard.append(message)
            self.heard.append(message)
            if message["msg_type"] == "error":
                pytest.fail("\n".join(message["content"]["traceback"]))
            if found(message):
                return heard
        raise AssertionError([message["msg_type"] for message in heard])

    def say(self, comm: str, content: dict[str, Any]) -> None:
        """Send what a page would."""
        data = {"method": "custom", "content": content}
        self.client.shell_channel.send(self.client.session.msg("comm_msg", {"comm_id": comm, "data": data}))


def _is_idle(message: dict[str, Any], request: str) -> bool:
    return message["content"]["execution_state"] == "idle" and message["parent_header"].get("msg_id") == request


def told(message: dict[str, Any]) -> dict[str, Any]:
    """Return what a message says to a page, if it does."""
    data = message["content"].get("data", {}) if message["msg_type"] == "comm_msg" else {}
    return data.get("content", {}) if data.get("method") == "custom" else {}


def links(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the comms that were opened for comparisons."""
    opened = [message["content"] for message in messages if message["msg_type"] == "comm_open"]
    return [each for each in opened if "channel" in each["data"]["state"]]


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernel]:
    monkeypatch.setenv("NBTRACK_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    started = Kernel(tmp_path)
    started.run("%load_ext nbtrack\nimport nbtrack, time")
    yield started
    started.client.stop_channels()
    started.manager.shutdown_kernel(now=True)


@quiet
def test_the_output_is_html_alone_and_a_link_is_opened_beside_it(kernel: Kernel) -> None:
    messages = kernel.run("nbtrack.compare()")
    (shown,) = [message["content"] for message in messages if message["msg_type"] == "display_data"]
    assert sorted(shown["data"]) == [_HTML, "text/plain"]
    assert shown["metadata"] == {"nbtrack": {"kind": "comparison"}}
    (link,) = links(messages)
    assert f'id="{link["data"]["state"]["channel"]}"' in shown["data"][_HTML]
    assert not [message for message in messages if message["msg_type"] == "execute_result"]


@quiet
@pytest.mark.parametrize("code", ["%compare", "nbtrack.compare()", "c = nbtrack.compare(); c"])
def test_nothing_is_opened_where_no_person_is(kernel: Kernel, code: str) -> None:
    messages = kernel.run(code, cell=None)
    assert not [message for message in messages if message["msg_type"].startswith("comm")]
    assert len([message for message in messages if message["msg_type"] in ("display_data", "execute_result")]) == 1


@quiet
def test_live_can_be_asked_for_and_declined(kernel: Kernel) -> None:
    assert len(links(kernel.run("nbtrack.compare(live=True)", cell=None))) == 1
    assert not links(kernel.run("nbtrack.compare(live=False)"))
    assert len(links(kernel.run("%compare"))) == 1


@quiet
def test_points_are_told_while_the_cell_that_logs_them_runs(kernel: Kernel, tmp_path: Path) -> None:
    kernel.run("nbtrack.compare()", cell="above")
    request = kernel.start(
        "from pathlib import Path\n"
        "with nbtrack.start_run('grows') as run:\n"
        "    for i in range(1000):\n"
        "        run.log(loss=1 / (1 + i)); time.sleep(0.1)\n"
        "        if Path('told').exists(): break"
    )
    messages = [each for _ in range(5) for each in kernel.until(lambda m: told(m).get("do") == "news")]
    assert not [message for message in messages if message["msg_type"] == "status" and _is_idle(message, request)]
    (tmp_path / "told").touch()
    messages += kernel.until(lambda m: m["msg_type"] == "status" and _is_idle(m, request))
    news = [told(message) for message in messages if told(message).get("do") == "news"]
    assert all(each["running"] for each in news[:-1])
    assert [each["state"] for each in news] == sorted({each["state"] for each in news})
    assert any(each.get("points") or each["payload"]["curves"] for each in news)
    assert all(message["parent_header"] == {} for message in messages if told(message)), "no cell is named as the cause"


@quiet
def test_the_saved_output_is_brought_up_to_date_when_all_have_ended(kernel: Kernel) -> None:
    (shown,) = [m["content"] for m in kernel.run("nbtrack.compare()", cell="above") if m["msg_type"] == "display_data"]
    kernel.start("with nbtrack.start_run('late', params={'lr': 0.1}) as run:\n    run.log(loss=1.0)")
    update = kernel.until(lambda m: m["msg_type"] == "update_display_data")[-1]["content"]
    assert update["transient"] == shown["transient"]
    assert "late" in update["data"]["text/plain"]
    assert sorted(update["data"]) == [_HTML, "text/plain"]


@quiet
def test_runs_of_another_process_appear(kernel: Kernel) -> None:
    kernel.run("nbtrack.compare()")
    code = "import nbtrack\nwith nbtrack.start_run('elsewhere') as run: run.log(loss=1.0)"
    subprocess.run([sys.executable, "-c", code], check=True, env=dict(os.environ))
    news = told(kernel.until(lambda m: told(m).get("do") == "news")[-1])
    assert news["payload"]["runs"]["name"] == ["elsewhere"]


@quiet
def test_a_page_may_ask_select_and_edit(kernel: Kernel, tmp_path: Path) -> None:
    kernel.run("with nbtrack.start_run('one') as run: run.log(loss=1.0)")
    (link,) = links(kernel.run("c = nbtrack.compare(); c"))
    comm, run_id = link["comm_id"], nbtrack.runs(store=tmp_path / "store")[0].id
    kernel.say(comm, {"do": "hello", "state": -1})
    whole = told(kernel.until(lambda m: told(m).get("do") == "news")[-1])
    assert (whole["whole"], whole["payload"]["runs"]["name"]) == (True, ["one"])
    kernel.say(comm, {"do": "hello", "state": whole["state"]})
    assert told(kernel.until(lambda m: told(m).get("do"))[-1]) == {"do": "here", "running": False}
    kernel.say(comm, {"do": "edit", "number": 7, "change": {"do": "tag", "run": run_id, "key": "best", "value": True}})
    assert told(kernel.until(lambda m: told(m).get("do") == "done")[-1]) == {"do": "done", "number": 7}
    assert nbtrack.run(run_id, store=tmp_path / "store").tags == {"best": True}
    kernel.say(comm, {"do": "edit", "number": 8, "change": {"do": "note", "run": "../x", "text": "y"}})
    assert "not in the comparison" in told(kernel.until(lambda m: told(m).get("do") == "done")[-1])["problem"]
    for nonsense in ("x", {}, {"do": "hello"}, {"do": "edit", "number": "x"}, {"do": ["hello"]}):
        kernel.say(comm, nonsense)  # type: ignore[arg-type]
    update = {"method": "update", "state": {"selected": [run_id, "nobody"]}, "buffer_paths": []}
    kernel.client.shell_channel.send(kernel.client.session.msg("comm_msg", {"comm_id": comm, "data": update}))
    printed = kernel.run("print([run.name for run in c.selected])")
    assert "['one']\n" in [m["content"]["text"] for m in printed if m["msg_type"] == "stream"]


@quiet
def test_running_the_cell_again_lets_the_older_comparison_go(kernel: Kernel) -> None:
    first, second = kernel.run("nbtrack.compare()"), kernel.run("nbtrack.compare()")
    closed = [message["content"]["comm_id"] for message in second if message["msg_type"] == "comm_close"]
    assert links(first)[0]["comm_id"] in closed


@quiet
def test_a_comparison_shown_again_is_spoken_to_once(kernel: Kernel) -> None:
    kernel.run("with nbtrack.start_run('one'): pass\nc = nbtrack.compare()", cell="above")
    first = kernel.run("c", cell="there")
    again = kernel.run("c", cell="here")
    closed = [message["content"]["comm_id"] for message in again if message["msg_type"] == "comm_close"]
    assert closed == [links(first)[0]["comm_id"]]
    kernel.run("nbtrack.compare()", cell="there")  # where it is not shown any more
    (link,) = links(again)
    kernel.say(link["comm_id"], {"do": "hello", "state": -1})
    assert told(kernel.until(lambda m: told(m).get("whole"))[-1])["payload"]["runs"]["id"]


@quiet
def test_a_comparison_that_is_made_anew_a_hundred_times_is_kept_once(kernel: Kernel) -> None:
    kernel.run("import gc, ipywidgets\nfrom nbtrack.hosts.live import WATCH, Shown")
    for _ in range(100):
        kernel.run("c = nbtrack.compare()\nc")
    alive = "len([each for each in gc.get_objects() if type(each) is Shown])"
    printed = kernel.run(f"del c\ngc.collect()\nprint(len(WATCH._shown), {alive})", cell="other")
    text = "".join(m["content"]["text"] for m in printed if m["msg_type"] == "stream")
    kept, alive_now = map(int, text.split())
    assert (kept, alive_now <= 3) == (1, True), text


@quiet
def test_whatever_a_page_sends_the_kernel_goes_on(kernel: Kernel) -> None:
    kernel.run("with nbtrack.start_run('one'): pass")
    (link,) = links(kernel.run("c = nbtrack.compare(); c.observe(lambda change: 1 / 0)\nc"))
    comm = link["comm_id"]
    nested: Any = []
    for _ in range(200):
        nested = [nested]
    odd: list[Any] = [
        None,
        5,
        "x" * 2_000_000,
        nested,
        {"do": []},
        {"do": "hello", "state": "x"},
        {"do": "hello", "state": 10**30},
    ]
    odd += [{"do": "hello", "state": -(10**30)}, {"do": "edit", "number": True, "change": nested}, {"do": "edit"}]
    odd += [{"do": "edit", "number": 1, "change": {"run": "../x", "do": "note", "text": "x"}}] * 200
    for content in odd:
        kernel.say(comm, content)
    for selected in (["x"] * 1_000_000, [5], "x", None, [None] * 10, {"a": 1}):
        data = {
            "method": "update",
            "state": {"selected": selected, "channel": "other", "_esm": "x"},
            "buffer_paths": [],
        }
        kernel.client.shell_channel.send(kernel.client.session.msg("comm_msg", {"comm_id": comm, "data": data}))
    kernel.say(comm, {"do": "hello", "state": -1})
    kernel.until(lambda m: told(m).get("whole"), 60)
    printed = kernel.run("print(len(c.selected), len(c.runs) > 0, len(nbtrack.runs('note is not null')))", cell="other")
    assert [
        m["content"]["text"] for m in printed if m["msg_type"] == "stream" and m["content"]["name"] == "stdout"
    ] == ["0 True 0\n"]


@quiet
def test_the_thread_ends_with_the_extension_and_a_fork_has_none(kernel: Kernel) -> None:
    names = "[t.name for t in threading.enumerate() if t.name == 'nbtrack-live']"
    kernel.run("import os, threading\nnbtrack.compare()")
    code = f"child = os.fork()\nif not child: os._exit(len({names}))\nprint({names}, os.waitpid(child, 0)[1])"
    printed = [
        m["content"]["text"]
        for m in kernel.run(code)
        if m["msg_type"] == "stream" and "nbtrack" in m["content"]["text"]
    ]
    assert printed == ["['nbtrack-live'] 0\n"]
    printed = [
        m["content"]["text"] for m in kernel.run(f"%unload_ext nbtrack\nprint({names})") if m["msg_type"] == "stream"
    ]
    assert printed == ["[]\n"]


@quiet
def test_interrupting_the_training_leaves_the_comparison_alive(kernel: Kernel) -> None:
    kernel.run("nbtrack.compare()", cell="above")
    request = kernel.start(
        "with nbtrack.start_run('long') as run:\n    while True: run.log(loss=1.0); time.sleep(0.01)"
    )
    kernel.until(lambda m: told(m).get("running") is True)
    kernel.manager.interrupt_kernel()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        message = kernel.client.get_iopub_msg(timeout=20)
        if message["msg_type"] == "status" and _is_idle(message, request):
            break
    update = kernel.until(lambda m: m["msg_type"] == "update_display_data")[-1]
    assert "interrupted" in update["content"]["data"]["text/plain"]


@quiet
def test_the_plain_widget_is_a_widget_with_its_script(kernel: Kernel) -> None:
    messages = kernel.run("c = nbtrack.compare(); c.widget")
    (opened,) = links(messages)
    assert "nbtrackCompare" in opened["data"]["state"]["_esm"]
    (result,) = [message["content"] for message in messages if message["msg_type"] == "execute_result"]
    assert "application/vnd.jupyter.widget-view+json" in result["data"]


@quiet
def test_an_executed_notebook_has_no_widget_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nbclient import NotebookClient

    monkeypatch.setenv("NBTRACK_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    cells = ["%load_ext nbtrack\nimport nbtrack", "%%track\nloss = float('1')", "%compare", "nbtrack.compare()"]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    NotebookClient(made, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert "widgets" not in made.metadata
    assert "widget-view" not in json.dumps(made)
    assert [sorted(cell.outputs[0]["data"]) for cell in made.cells[2:]] == [[_HTML, "text/plain"]] * 2
