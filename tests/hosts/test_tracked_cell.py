"""A tracked cell behaves exactly as a plain one, and becomes a run."""

from __future__ import annotations

import atexit
import threading
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.store.local import LocalStore


def both(shell: Any, cell: str) -> tuple[Any, Any]:
    """Run a cell plainly and tracked."""
    return shell.run("# plain\n" + cell), shell.run("%%track\n" + cell)


def test_the_value_of_the_last_expression_is_the_same(shell: Any) -> None:
    plain, tracked = both(shell, "x = [1, 2]\nx")
    assert tracked.result == plain.result == [1, 2]
    assert tracked.success


def test_a_tracked_cell_is_one_run_with_its_source(shell: Any) -> None:
    shell.run("%%track baseline lr=0.5\nlr = 0.1\nseen = lr")
    run = shell.last
    assert (run.name, run.status, shell.names["seen"]) == ("baseline", "finished", 0.5)
    assert run.cell is not None
    assert run.cell.source == "%%track baseline lr=0.5\nlr = 0.1\nseen = lr"
    assert run.cell.overrides == {"lr": 0.5}
    assert run.params == {"lr": 0.5}
    assert run.sources["params"] == {"lr": "argument"}


def test_top_level_await_works(shell: Any) -> None:
    result = shell.run("%%track\nimport asyncio\nawait asyncio.sleep(0)\nloss = float('0.5')\nloss")
    assert (result.result, shell.last.metrics) == (0.5, {"loss": 0.5})


def test_an_error_is_the_users_own_with_its_line(shell: Any) -> None:
    plain, tracked = both(shell, "x = 1\ny = 2\n1 / 0")
    lines = [result.error_in_exec.__traceback__.tb_next.tb_lineno for result in (plain, tracked)]
    assert type(tracked.error_in_exec) is ZeroDivisionError
    assert lines == [4, 4]  # one line above the body in both cells


def test_a_failed_cell_is_kept_with_what_it_logged_and_its_traceback(shell: Any) -> None:
    shell.run("import nbtrack")
    shell.run("%%track\nalpha = 3\nnbtrack.log(loss=1.5)\npassword = 'hunter2-and-more'\nraise ValueError('boom')")
    run = shell.last
    assert (run.status, run.metrics["loss"], run.params["alpha"]) == ("failed", 1.5, 3)
    assert run.error is not None
    assert (run.error["type"], run.error["message"]) == ("ValueError", "boom")
    assert "Cell In[" in run.error["traceback"]
    assert "hunter2" not in str(run.document)


def test_a_syntax_error_is_a_failed_run(shell: Any) -> None:
    result = shell.run("%%track\nx = = 1")
    assert isinstance(result.error_before_exec, SyntaxError)
    assert (shell.last.status, shell.last.error["type"]) == ("failed", "SyntaxError")


def test_an_interrupt_stops_the_cell_and_is_recorded(shell: Any) -> None:
    shell.run("import nbtrack, os, signal, threading, time")
    soon = "threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()"
    result = shell.run(
        "%%track\nfor step in range(3000):\n    nbtrack.log(loss=1.0)\n    time.sleep(0.01)\n"
        f"    if step == 3:\n        {soon}"
    )
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    assert shell.last.status == "interrupted"
    assert 3 < shell.last.curves["loss"]["count"] < 3000


@pytest.mark.parametrize(
    ("cell", "stdout"),
    [
        ("%%track\n%%time\nx = 3\nprint(x)", "3\n"),
        ("%%time\n%%track\nx = 3\nprint(x)", "3\n"),
        ("%%track\n!echo hello", "hello"),
        ("%%track\n%%bash\necho hello", "hello\n"),
        ("%%track\nout = !echo hello\nprint(out[0])", "hello\n"),
        ("%%track\n%timeit -n1 -r1 None", "per loop"),
        ("%%track\n%env NBTRACK_TEST_VALUE=1", "env: NBTRACK_TEST_VALUE=1"),
    ],
)
def test_magics_and_commands_work_inside(shell: Any, cell: str, stdout: str, capfd: pytest.CaptureFixture[str]) -> None:
    result = shell.run(cell)
    assert result.success
    assert stdout in capfd.readouterr().out
    assert len(shell.runs) == 1


def test_capture_inside_keeps_its_output(shell: Any) -> None:
    shell.run("%%track\n%%capture out\nprint('kept')")
    assert shell.names["out"].stdout == "kept\n"
    assert len(shell.outputs("card")) == 1


def test_metrics_inside_time_are_seen(shell: Any, capfd: pytest.CaptureFixture[str]) -> None:
    shell.run("from sklearn.metrics import accuracy_score")
    shell.run("%%track\n%%time\nprint(accuracy_score([1, 0], [1, 1]))")
    assert shell.last.metrics == {"accuracy_score": 0.5}


def test_events_fire_once_for_each_execution(shell: Any) -> None:
    fired: list[str] = []
    hooks = {"pre_run_cell": lambda _: fired.append("pre"), "post_run_cell": lambda _: fired.append("post")}
    for event, hook in hooks.items():
        shell.ip.events.register(event, hook)
    shell.run("%%track\nx = 1")
    for event, hook in hooks.items():
        shell.ip.events.unregister(event, hook)
    assert fired == ["pre", "post"]


def test_the_prompt_counts_one(shell: Any) -> None:
    before = shell.ip.execution_count
    shell.run("%%track\nx = 1")
    assert shell.ip.execution_count == before + 1


@pytest.mark.parametrize(
    ("line", "says"),
    [("--bogus", "unknown option --bogus; valid are -e EXPERIMENT"), ("--seed many", "--seed needs a whole number")],
)
def test_a_malformed_line_is_one_line_and_the_cell_does_not_run(
    shell: Any, line: str, says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    result = shell.run(f"%%track {line}\nran = True")
    assert not result.success
    assert "ran" not in shell.names
    error = capfd.readouterr().err
    assert says in error
    assert len(error.strip().splitlines()) == 1
    assert len(shell.runs) == 0


def test_help_is_shown_without_running_anything(shell: Any) -> None:
    shown = shell.ip.inspector.info(shell.ip.find_cell_magic("track"), "%%track")
    assert "--metrics x,y" in shown["docstring"]
    assert shell.run("%%track?").success
    assert len(shell.runs) == 0


def test_loading_twice_and_reloading_leave_one_of_everything(shell: Any) -> None:
    nbtrack.load_ipython_extension(shell.ip)
    shell.ip.run_line_magic("load_ext", "nbtrack")
    shell.ip.run_line_magic("reload_ext", "nbtrack")
    shell.run("%%track\nx = 1")
    assert len(shell.runs) == 1
    assert len(shell.outputs("card")) == 1


def test_unloading_leaves_no_trace(shell: Any) -> None:
    def hooks() -> list[int]:
        ip = shell.ip
        return [
            len(ip.input_transformers_cleanup),
            len(ip.ast_transformers),
            *map(len, ip.events.callbacks.values()),
            *map(len, ip.magics_manager.magics.values()),
            len(ip.display_formatter.formatters["text/html"].deferred_printers),
        ]

    nbtrack.unload_ipython_extension(shell.ip)
    bare = hooks()
    nbtrack.load_ipython_extension(shell.ip)
    assert hooks() != bare
    shell.run("%%track\nnbtrack_runs = None")
    nbtrack.unload_ipython_extension(shell.ip)
    assert hooks() == bare
    assert not hasattr(shell.ip, "_nbtrack")
    assert shell.run("%%track\nx = 1").success is False  # no such magic any more
    assert not [thread for thread in threading.enumerate() if "nbtrack" in thread.name]


def test_functions_defined_in_a_tracked_cell_outlive_the_extension(shell: Any) -> None:
    shell.run("from sklearn.metrics import accuracy_score")
    shell.run("%%track\ndef judge():\n    return accuracy_score([1, 0], [1, 1])\njudge()")
    nbtrack.unload_ipython_extension(shell.ip)
    assert shell.run("judge()").result == 0.5


def test_reset_does_not_break_tracking(shell: Any) -> None:
    shell.run("from sklearn.metrics import accuracy_score\n%reset -f")
    shell.run("%%track\nfrom sklearn.metrics import accuracy_score\naccuracy_score([1, 0], [1, 1])")
    assert shell.last.metrics == {"accuracy_score": 0.5}


def test_a_nested_run_cell_neither_ends_nor_doubles_the_run(shell: Any) -> None:
    shell.run("%%track\nfrom IPython import get_ipython\nget_ipython().run_cell('inner = 1.5')\nouter_loss = inner * 2")
    assert len(shell.runs) == 1
    assert shell.last.metrics == {"outer_loss": 3.0}


def test_track_on_records_cells_that_produce_a_metric(shell: Any) -> None:
    shell.run("from sklearn.metrics import accuracy_score")
    shell.run("%track on")
    shell.run("x = 1")
    shell.run("depth = 3\nprint(accuracy_score([1, 0], [1, 1]))")
    shell.run("%track off")
    assert [(run.metrics, run.params) for run in shell.runs] == [({"accuracy_score": 0.5}, {"depth": 3})]


def test_track_off_runs_the_cell_and_records_nothing(shell: Any) -> None:
    shell.run("import nbtrack\n%track off")
    result = shell.run("%%track lr=3\nlr = 1\nnbtrack.log(loss=1.0)\nlr")
    assert (result.result, len(shell.runs)) == (3, 0)  # what the line says about the cell still counts
    assert "off" in shell.outputs("status")[-1]
    assert "not recorded" in shell.outputs("notice")[-1]


def test_the_environment_variable_switches_everything_off(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    nbtrack.unload_ipython_extension(shell.ip)
    monkeypatch.setenv("NBTRACK_DISABLE", "1")
    nbtrack.load_ipython_extension(shell.ip)
    assert shell.run("%%track\nx = 1\nx").result == 1
    assert len(shell.runs) == 0
    assert not shell.store.exists()


def test_a_store_that_cannot_be_written_does_not_stop_the_cell(shell: Any) -> None:
    shell.store.write_text("a file where the store should be")
    result = shell.run("%%track\nimport nbtrack\nnbtrack.log(loss=1.0)\nnbtrack.log_artifact('nowhere')\n7")
    assert result.error_in_exec is None or "nowhere" in str(result.error_in_exec)
    result = shell.run("%%track\nnbtrack.log(loss=1.0)\n7")
    assert result.result == 7
    assert "not recorded" in shell.outputs("notice")[-1]


def test_the_card_is_marked_as_ours(shell: Any) -> None:
    shell.run("%%track baseline\nacc = float('0.5')")
    (card,) = [output for output in shell.published if output["metadata"].get("nbtrack", {}).get("kind") == "card"]
    assert card["metadata"]["nbtrack"]["run"] == shell.last.id
    assert "baseline" in card["data"]["text/plain"]
    assert "<script" not in card["data"]["text/html"]


def test_the_card_compares_with_the_previous_run_of_the_cell(shell: Any) -> None:
    for accuracy in ("0.5", "0.75"):
        shell.run(f"%%track\n# the same cell\nthreshold = {accuracy}\naccuracy = float('{accuracy}')")
    assert "0.25" in shell.outputs("card")[-1]


def test_hostile_objects_neither_raise_nor_slow_the_cell(shell: Any) -> None:
    shell.run(
        "class Hostile:\n"
        "    def __getattr__(self, name): raise RuntimeError(name)\n"
        "    def __repr__(self): raise RuntimeError\n"
        "    def __eq__(self, other): raise RuntimeError\n"
        "    def __bool__(self): raise RuntimeError\n"
        "    __hash__ = None\n"
    )
    result = shell.run("%%track\nh = Hostile()\nd = {'a': Hostile(), 'b': 1.5}\nloss = float('1')\nh")
    assert result.error_in_exec is None
    assert shell.last.metrics["loss"] == 1.0
    assert shell.last.warnings == ()


def test_the_seed_is_set_and_recorded(shell: Any) -> None:
    drawn = []
    for _ in range(2):
        shell.run("%%track --seed 7\nimport random\nimport numpy as np\nx = random.random() + np.random.rand()")
        drawn.append(shell.names["x"])
    assert drawn[0] == drawn[1]
    assert shell.last.params["seed"] == 7


def test_options_reach_the_run(shell: Any) -> None:
    shell.run("depth = 9\nscore = 0.25")
    shell.run(
        "%%track named -e trees -t team=nlp --note 'a note' --params depth --metrics score\nother = 3\nx = float('2')"
    )
    run = shell.last
    assert (run.name, run.experiment, run.tags, run.note) == ("named", "trees", {"team": "nlp"}, "a note")
    assert (run.params, run.metrics) == ({"depth": 9}, {"score": 0.25})


def test_no_auto_records_only_what_was_said(shell: Any) -> None:
    shell.run("import nbtrack")
    shell.run("%%track --no-auto lr=0.1\nlr = 1\nacc = float('0.5')\nnbtrack.log(loss=lr)")
    assert (shell.last.params, shell.last.metrics) == ({"lr": 0.1}, {"loss": 0.1})


def test_an_artifact_is_kept_with_the_run(shell: Any, tmp_path: Path) -> None:
    (tmp_path / "model.txt").write_text("weights")
    shell.run("import nbtrack")
    shell.run("%%track\nnbtrack.log_artifact('model.txt')")
    (artifact,) = (each for each in shell.last.artifacts if each.name == "model.txt")
    assert artifact.size == 7
    assert nbtrack.open_store(shell.store).get(artifact.sha256) == b"weights"


def test_runs_and_questions_go_beside_the_notebook(shell: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """VS Code starts kernels in the workspace's folder, not the notebook's."""
    monkeypatch.delenv("NBTRACK_STORE")
    folder = tmp_path / "deep" / "notebooks"
    folder.mkdir(parents=True)
    (folder / "study.ipynb").write_text("{}")
    shell.names["__vsc_ipynb_file__"] = str(folder / "study.ipynb")
    shell.run("%%track\nx = 1")
    shell.run("import nbtrack\nwith nbtrack.start_run('by hand') as run: pass\nfound = nbtrack.runs()")
    assert [(run.name, run.experiment) for run in shell.names["found"]] == [("by hand", "study"), ("cell 1", "study")]
    assert (folder / ".nbtrack").is_dir()
    assert not (tmp_path / ".nbtrack").exists()


def test_arguments_reach_the_body_that_capture_runs(shell: Any) -> None:
    shell.run("from sklearn.metrics import accuracy_score")
    shell.run("%%track lr=0.5\n%%capture out\nlr = 0.1\nacc = accuracy_score([1, 0], [1, 1])")
    assert shell.names["lr"] == 0.5
    assert (shell.last.params["lr"], shell.last.metrics) == (0.5, {"acc": 0.5})


@pytest.mark.parametrize(
    ("line", "cell", "seen"),
    [
        ("lr=0.5", "lr = mom = 0.1\nseen = lr, mom", (0.5, 0.1)),
        ("lr=0.5", "lr, mom = 0.1, 0.2\nseen = lr, mom", (0.5, 0.2)),
        ("lr=0.5", "lr: float = 0.1\nseen = lr", 0.5),
        ("lr=1e999", "lr = 1\nseen = lr", float("inf")),
        ("x=[1e999,-2]", "x = []\nseen = x", [float("inf"), -2]),
        ("x=\"{'a': (1, 2)}\"", "x = None\nseen = x", {"a": (1, 2)}),
        ("lr=0.5", "if True:\n    lr = 0.1\nseen = lr", 0.1),
    ],
)
def test_an_argument_replaces_the_cells_own_literal(shell: Any, line: str, cell: str, seen: Any) -> None:
    assert shell.run(f"%%track {line}\n{cell}").success
    assert shell.names["seen"] == seen


def test_an_argument_that_replaced_nothing_is_owned_up_to(shell: Any) -> None:
    shell.run("%%track lr=0.5\nfor lr in [0.1]:\n    pass")
    assert "replaced nothing" in shell.last.warnings[0]
    shell.run("%%track fold=3\nx = 1")
    assert (shell.last.params["fold"], shell.last.warnings) == (3, ())


def test_a_failed_cell_keeps_what_it_had_computed(shell: Any) -> None:
    shell.run("old_loss = float('9')")
    shell.run("%%track\nacc = float('0.25')\n1 / 0\nold_loss = float('1')")
    assert (shell.last.status, shell.last.metrics) == ("failed", {"acc": 0.25})


def test_a_number_that_is_asked_for_and_not_there_is_said(shell: Any) -> None:
    shell.run("%%track --metrics nope\nx = float('1')")
    assert shell.last.warnings == ("--metrics: the cell computed no number called nope",)


def test_lazy_objects_are_not_asked_what_they_are(shell: Any) -> None:
    shell.run(
        "class Lazy:\n"
        "    loaded = False\n"
        "    @property\n"
        "    def __class__(self):\n"
        "        Lazy.loaded = True\n"
        "        return float\n"
    )
    shell.run("%%track\np = Lazy()\nloss = Lazy()\nscores = {'a': Lazy()}\nlr, depth = Lazy(), Lazy()")
    assert not shell.names["Lazy"].loaded


@pytest.mark.parametrize("error", ["SystemExit", "KeyboardInterrupt", "RecursionError"])
def test_an_estimator_that_raises_when_asked_stays_our_problem(shell: Any, error: str) -> None:
    shell.run(f"class Odd:\n    def fit(self, x): return self\n    def get_params(self, deep=True): raise {error}\n")
    result = shell.run("%%track\nodd = Odd().fit(1)\nloss = float('1')\nloss")
    assert (result.result, result.error_in_exec) == (1.0, None)
    assert shell.last.status == "finished"
    assert [warning for warning in shell.last.warnings if error in warning]


def test_two_shells_do_not_take_the_tee_from_each_other(shell: Any) -> None:
    from IPython.core.interactiveshell import InteractiveShell

    other = InteractiveShell(parent=shell.ip, user_ns={})
    atexit.unregister(other.atexit_operations)  # its history lies in a folder that is gone by then
    nbtrack.load_ipython_extension(other)
    nbtrack.unload_ipython_extension(other)
    shell.run("from sklearn.metrics import accuracy_score")
    shell.run("%%track\nprint(accuracy_score([1, 0], [1, 1]))")
    assert shell.last.metrics == {"accuracy_score": 0.5}


def test_cells_that_run_at_once_in_two_threads_are_two_runs(shell: Any) -> None:
    """As subshells of ipykernel 7 do it: each cell in a thread of its own, ending in any order."""
    from types import SimpleNamespace

    tracker = shell.ip._nbtrack.tracker
    begun, ended = threading.Barrier(2), threading.Event()

    def cell(name: str, *, first: bool) -> None:
        info = SimpleNamespace(raw_cell=f"%%track {name}\n{name} = 1", cell_id=name, store_history=True)
        tracker.before(info)
        begun.wait(10)
        if not first:
            ended.wait(10)
        nbtrack.log({name: 1.0})
        tracker.after(SimpleNamespace(info=info, error_before_exec=None, error_in_exec=None, result=None))
        if first:
            ended.set()

    threads = [threading.Thread(target=cell, args=("one",), kwargs={"first": True})]
    threads += [threading.Thread(target=cell, args=("two",), kwargs={"first": False})]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(run.name, run.status, *run.metrics) for run in shell.runs} == {
        ("one", "finished", "one"),
        ("two", "finished", "two"),
    }


def test_functions_of_a_cell_work_in_a_process_without_nbtrack(shell: Any, tmp_path: Path) -> None:
    import marshal
    import subprocess
    import sys

    shell.run("def judge(score):\n    return score.score()")
    (tmp_path / "code").write_bytes(marshal.dumps(shell.names["judge"].__code__))
    program = (
        "import marshal, types\n"
        "class S:\n    def score(self): return 0.75\n"
        "f = types.FunctionType(marshal.loads(open('code', 'rb').read()), {})\n"
        "print(f(S()))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "0.75\n"


def test_the_curve_of_a_loop_is_drawn_without_reading_it_back(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    points = LocalStore.points
    monkeypatch.setattr(
        LocalStore, "points", lambda self, run, metric: read.append(metric) or points(self, run, metric)
    )
    shell.run("%%track\nfor epoch in range(900):\n    loss = 1 / (epoch + 1)")
    assert "<polyline" in str(shell.published[-1])
    assert read == []
    shell.run("%%track\nimport nbtrack\nfor epoch in range(9):\n    nbtrack.log(own=1 / (epoch + 1))")
    assert "<polyline" in str(shell.published[-1])
    assert read == ["own"]
