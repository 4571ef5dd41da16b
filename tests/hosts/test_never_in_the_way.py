"""Whatever a notebook does to itself, to its objects, to the disk or to nbtrack: its cells run as they would without."""

from __future__ import annotations

import builtins
import dataclasses
import errno
import gc
import os
import shutil
import signal
import sys
import threading
import time
import weakref
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import nbtrack
from nbtrack.capture.guard import audit, deadline, fence
from nbtrack.capture.syntax import tee
from nbtrack.record import active
from nbtrack.record.unasked import module_name
from nbtrack.store.system import disk

pytestmark = pytest.mark.slow

HOSTILE = """
CALLED = []

def note(*args, **named):
    import sys
    frame = sys._getframe(1)
    while frame is not None:
        if str(frame.f_globals.get("__name__")).startswith("nbtrack."):
            CALLED.append(f'{frame.f_code.co_qualname}:{frame.f_lineno}')
            break
        frame = frame.f_back
    raise RuntimeError("asked")

class Meta(type):
    def __getattribute__(cls, name):
        if WATCH:
            note()
        return type.__getattribute__(cls, name)
    __repr__ = __eq__ = __instancecheck__ = __subclasscheck__ = __iter__ = __len__ = note
    __hash__ = type.__hash__

WATCH = False
NAMES = ["__repr__", "__str__", "__eq__", "__len__", "__bool__", "__iter__", "__getattr__", "__contains__", "__float__",
         "__int__", "__index__", "__array__", "__getitem__", "__call__", "__format__", "__sizeof__", "__reduce_ex__",
         "__dir__", "__iadd__", "__next__", "__enter__", "keys", "items", "shape", "dtype", "columns",
         "get_params", "score", "item", "numpy", "tolist", "__dataframe__", "_repr_html_", "__rich_repr__", "__copy__",
         "__set_name__", "__lt__", "__round__", "__fspath__", "__await__", "__array_interface__", "parameters", "params"]

class Hostile:
    __class__ = property(note)

    def __hash__(self):
        return id(self)

for each in NAMES:
    setattr(Hostile, each, property(note) if each in ("shape", "dtype", "columns", "params") else note)

class Watched(metaclass=Meta):
    def __getattribute__(self, name):
        note()
"""


@pytest.fixture(name="hostile")
def _hostile(shell: Any) -> Any:
    assert shell.run(HOSTILE).success
    assert shell.run(
        "loss = accuracy = config = params = model = Hostile()\nobjects = [Hostile(), {'a': Hostile()}, (Hostile(),)]\n"
        "import types\nspace = types.SimpleNamespace(lr=Hostile())\nlazy = (print('consumed') for _ in range(3))\n"
        "items = {Hostile: Hostile()}\nwatched = Watched()\nWATCH = True"
    ).success
    return shell


@pytest.mark.parametrize(
    "cell",
    [
        "%%track\nrate = 0.1\nrate * 2",
        "%%track --params config,watched --metrics loss,model\nuse = config, watched, model",
        "%%track\nfor epoch in range(3):\n    loss = model\n    accuracy = watched",
        "%%track\nmetrics = {'loss': loss, 'f1': watched}\nresults = [objects, lazy, space, items]",
        "%%track\ndef train(model, lr=config):\n    return model\nscore = train(model, lr=watched)\nitems = None",
        "%%track\ndel loss, items\nconfig = Watched\nother = Hostile",
        "%%track\nimport nbtrack\nraise ValueError('boom')",
        "rate = config, watched, model, lazy",
    ],
)
def test_no_object_of_the_notebook_is_asked_anything(hostile: Any, cell: str) -> None:
    result = hostile.run(cell)
    hostile.run("%%track\nagain = model, watched, lazy, space")
    assert (result.error_before_exec, type(result.error_in_exec)) in (
        (None, type(None)),
        (None, ValueError),
    )
    assert hostile.names["CALLED"] == []
    assert next(hostile.names["lazy"], "whole") is None
    hostile.names["WATCH"] = False


LABELS = """
class Name:
    __str__ = __repr__ = __format__ = __eq__ = __lt__ = __bool__ = __hash__ = lambda self, *_: note()

class Label(Name):
    __class__ = property(lambda self: note())

    def __hash__(self):
        return id(self)

class Settings(dict):
    def __init__(self, *args):
        super().__init__(*args)
        self.__dict__ = self

    __len__ = __iter__ = __contains__ = __getitem__ = get = items = keys = values = lambda self, *_: note()

class Model:
    def score(self, k=1):
        return 0.75 / k

import pandas as pd
from sklearn.metrics import accuracy_score
"""


@pytest.mark.parametrize(
    "cell",
    [
        "results = {Label(): 0.5, 'acc': 0.25}\nconfig = {Label(): 1}\nparams = {'a': {Label(): 2}}",
        "rows = [{Label(): k, 'acc': Model().score(k)} for k in (1, 2)]\nnamed = {Label(): dict(rows[0]) for _ in (1, 2)}",
        "scores = {}\nfor k in (1, 2):\n    scores[Label()] = {'acc': Model().score(k), Label(): 3}",
        "cache = {}\ndef fill(found):\n    found[Label()] = found[Label(), 1] = 2\nfill(cache)",
        "table = pd.DataFrame([[0.5, 0.25], [0.1, 0.2]], columns=[Name(), 'acc'], index=[Name(), Name()])",
        "loss = pd.Series([0.5, 0.25], index=[Name(), Name()])\nfor epoch in range(2):\n    loss = loss * 1",
        "def evaluate(model):\n    return {Label(): model.score()}\nacc = evaluate(Model())",
        "def cross_validate(*_):\n    return {Label(): 0.5}\nfound = cross_validate()",
        "for each in [{Label(): 1}, {Label(): 2}]:\n    acc = Model().score(2)",
        "config = Settings({1: 'a', 'lr': 0.1})\nacc = Model().score()",
    ],
)
def test_no_key_and_no_label_is_asked_anything(hostile: Any, cell: str) -> None:
    hostile.names["WATCH"] = False
    assert hostile.run(LABELS).success
    result = hostile.run(f"%%track\n{cell}\nsure = accuracy_score([1, 0], [1, 1])")
    assert (result.error_before_exec, result.error_in_exec) == (None, None)
    assert hostile.names["CALLED"] == []
    assert hostile.last.metrics["sure"] == 0.5
    assert hostile.last.warnings == ()
    assert not hostile.outputs("notice")


def test_numbers_that_are_none_and_numbers_without_end_keep_no_other_from_being_recorded(shell: Any) -> None:
    shell.run("from sklearn.metrics import accuracy_score\ny, p = [1, 0, 1], [1, 0, 0]")
    shell.run(
        "%%track\ndef judge(k):\n    a = accuracy_score(y, p) / k\n    print('acc', a, 'auc', a * float('nan'))\n"
        "    return a\nfor k in (1, 2, 3):\n    judge(k)\nbest = judge(1)\nrows = []\n"
        "for n in (10**5000, 10**5001):\n    rows.append({'n': n, 'acc': accuracy_score(y, p) / (n % 7 + 1)})\n"
        "sure = accuracy_score(y, y)"
    )
    assert shell.last.metrics["sure"] == 1.0
    assert shell.last.warnings == ()


def test_a_card_shows_settings_under_keys_that_are_no_texts(shell: Any) -> None:
    shell.run("%%track\nparams = {('a', 1): 0.5, 'lr': 0.1}")
    assert "('a', 1)" in shell.outputs("card")[0]
    assert not shell.outputs("notice")


def state(shell: Any) -> dict[str, Any]:
    """What nbtrack could leave behind in the process."""
    ip = shell.ip
    return {
        "streams": (sys.stdout, sys.stderr, sys.displayhook, sys.excepthook),
        "signals": (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGALRM)),
        "timer": signal.getitimer(signal.ITIMER_REAL),
        "bounds": list(deadline.BOUNDS),
        "recursion": sys.getrecursionlimit(),
        "taps": [
            sorted(vars(each).keys() & {"publish", "write_format_data", "_showtraceback"})
            for each in (ip, ip.displayhook, ip.display_pub)
        ],
        "listening": (list(tee._sinks), list(active._all), audit._listening),
        "hooks": (len(ip.ast_transformers), {name: len(hooks) for name, hooks in ip.events.callbacks.items()}),
        "cells": list(ip._nbtrack.tracker._running) if hasattr(ip, "_nbtrack") else [],
    }


@pytest.mark.parametrize(
    "cell",
    [
        "%reset -f",
        "mine = [name for name in globals() if name.islower() and name[0] != '_']\nfor each in mine:\n    del globals()[each]",
        "import builtins\ndel builtins.__dict__['__nbtrack_tee__']",
        "import sys\nfor name in [each for each in sys.modules if each.startswith('nbtrack')]:\n    del sys.modules[name]",
        "import sys\nsys.stdout.flush()\nsys.settrace(None)",
        "import gc\ngc.collect()",
        "import sys\nsys.setrecursionlimit(sys.getrecursionlimit() + 1)\nsys.setrecursionlimit(sys.getrecursionlimit() - 1)",
        "def deep(n):\n    return deep(n + 1)\ntry:\n    deep(0)\nexcept RecursionError:\n    pass",
        "import threading\nthreading.Thread(target=lambda: print('late')).start()",
        "import os\nos.chdir('/')",
        "import warnings\nwarnings.simplefilter('error')\nimport nbtrack\nnbtrack.log(loss=object())",
        "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nsignal.signal(signal.SIGALRM, signal.SIG_DFL)",
        "exit_code = __import__('os').waitpid(__import__('os').fork() or __import__('os')._exit(0), 0)",
    ],
)
def test_a_cell_may_do_anything_to_its_session(shell: Any, cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.run("%%track\nwarm = 1")
    before, modules, folder = state(shell), dict(sys.modules), Path.cwd()
    with monkeypatch.context():
        assert shell.run("%%track\n" + cell).success
        os.chdir(folder)
        sys.modules.update(modules)
        assert shell.run("%%track\naccuracy = float('0.5')\naccuracy").result == 0.5
    assert state(shell) == before


@pytest.mark.parametrize("cell", ["%unload_ext nbtrack", "%reload_ext nbtrack"])
def test_a_cell_may_unload_what_tracks_it(shell: Any, cell: str) -> None:
    result = shell.run(f"%%track\nprint('before')\n{cell}\nvalue = 3\nvalue")
    assert (result.success, result.result) == (True, 3)
    found = state(shell)
    assert (found["cells"], found["listening"], found["taps"]) == ([], ([], [], ()), [[], [], []]) or "publish" in str(
        found["taps"]
    )
    nbtrack.load_ipython_extension(shell.ip)
    assert shell.run("%%track\nloss = float('0.5')\nloss").result == 0.5


def test_an_open_that_a_cell_replaces_is_called_by_the_cell_alone(shell: Any) -> None:
    shell.run("%%track\nwith open('read.csv', 'w') as file:\n    file.write('a,b')")
    replaced = (
        "import builtins\nfrom unittest import mock\nasked = []\ngenuine = builtins.open\n"
        "builtins.open = lambda *args, **named: asked.append(args) or genuine(*args, **named)\n"
        "with open('read.csv') as file:\n    text = file.read()\nloss = float('0.5')"
    )
    try:
        assert shell.run("%%track\n" + replaced).success
        assert shell.run("%%track\nloss = float('0.25')").success
        nbtrack.unload_ipython_extension(shell.ip)  # what goes on in the background is done then
    finally:
        builtins.open = shell.names["genuine"]
        nbtrack.load_ipython_extension(shell.ip)
    assert [args for args in shell.names["asked"] if args != ("read.csv",)] == []


def test_recursion_near_the_limit_fails_where_it_would_have_failed(shell: Any) -> None:
    cell = (
        "from sklearn.metrics import accuracy_score\ndepth = 0\ndef deep():\n    global depth\n    depth += 1\n    deep()\n"
        "try:\n    deep()\nexcept RecursionError:\n    pass\ndepth"
    )
    assert shell.run("# plain\n" + cell).result == shell.run("%%track\n" + cell).result


def test_memory_is_given_back(shell: Any) -> None:
    shell.run(
        "class Big:\n    def __init__(self):\n        self.content = bytearray(1000)\n    def fit(self, X=None):\n        return self\n    def get_params(self, deep=True):\n        return {}\n"
    )
    shell.run(
        "%%track\nbig = Big()\nmodel = Big().fit()\nprint(Big())\nheld = [Big()]\nfor epoch in range(3):\n    loss = float(epoch)\n    big_loss = Big()"
    )
    references = [weakref.ref(shell.names[name]) for name in ("big", "model", "big_loss")] + [
        weakref.ref(shell.names["held"][0])
    ]
    shell.run("%%track\ndel big, model, held, big_loss")
    gc.collect()
    assert [reference() for reference in references] == [None] * 4


def test_two_hundred_cells_leave_no_objects_behind(shell: Any) -> None:
    def counted() -> int:
        gc.collect()
        return sum(module_name(type(each)).startswith("nbtrack.") for each in gc.get_objects())

    def run(count: int) -> None:
        for _ in range(count):
            shell.run("%%track\nloss = float('0.5')\nfor epoch in range(3):\n    loss = loss / 2\nloss")

    run(50)
    before = counted()
    run(150)
    assert (counted() - before) / 150 < 40  # each execution is in the session's log, with its source


def test_what_is_watched_outside_of_functions_is_forgotten_with_its_cell(shell: Any) -> None:
    shell.run("class Model:\n    def score(self, k=1):\n        return 0.75 / k")
    known = dict(tee._sites)
    shell.run(
        "%%track\nmodels = {'a': Model(), 'b': Model()}\nfor epoch in range(3):\n    loss = 1 / (epoch + 1)\n"
        "found = {name: model.score(2) for name, model in models.items()}\nprint(f'acc {Model().score(3):.2f}')"
    )
    assert {"found.a", "found.b", "loss"} <= shell.last.metrics.keys()
    assert tee._sites == known
    shell.run("%%track\ndef judge(model):\n    acc = model.score(4)\n    return acc\njudged = judge(Model())")
    assert all(site.inside for key, site in tee._sites.items() if key not in known)
    shell.run("%%track\nagain = judge(Model())")
    assert shell.last.metrics["again"] == 0.1875


def test_an_interrupt_before_a_cell_is_the_cells(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    tracker = shell.ip._nbtrack.tracker

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(tracker.parts[0], "before", interrupted)
        result = shell.run("%%track\nran = True")
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    assert "ran" not in shell.names
    assert shell.last.status == "interrupted"
    assert shell.run("%%track\nran = True\nran").result is True


def interrupted_after(shell: Any, cell: str, seconds: float) -> Any:
    """Run a cell that is interrupted once, if it still runs then; None when the interrupt hit IPython around it."""
    over = threading.Event()

    def interrupt(_: int, frame: Any) -> None:
        while frame is not None:
            if frame.f_code.co_name == "run_cell":
                raise KeyboardInterrupt
            frame = frame.f_back

    def strike() -> None:
        if not over.wait(seconds):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    before = signal.signal(signal.SIGINT, interrupt)
    thread = threading.Thread(target=strike)
    thread.start()
    try:
        return shell.run(cell)
    except KeyboardInterrupt:
        return None
    finally:
        over.set()
        thread.join()
        signal.signal(signal.SIGINT, before)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # in a finalizer, Python drops it
def test_an_interrupt_at_any_moment_reaches_the_cell_and_breaks_no_hook(shell: Any) -> None:
    loop = "for epoch in range(20):\n    loss = 1 / (epoch + 1)\n    time.sleep(0.0005)\nended = True"
    shell.run("import time")
    shell.run("%%track\nloss = float('0.5')")
    before, endings = state(shell), []
    for number in range(150):
        shell.names["ended"] = False
        result = interrupted_after(shell, "%%track\n" + loop, number * 0.00015)
        if result is not None:
            error = result.error_in_exec or result.error_before_exec  # before: while IPython compiled the cell
            endings.append("whole" if result.success else type(error).__name__)
            assert result.success is shell.names["ended"]
    assert endings.count("KeyboardInterrupt") > 30
    assert set(endings) <= {"whole", "KeyboardInterrupt"}
    assert shell.run("%%track\nloss = float('0.25')\nloss").result == 0.25
    assert shell.last.metrics == {"loss": 0.25}
    assert state(shell) == before


def nbtrack_calls(run: Any) -> set[str]:
    """The functions of nbtrack that run meanwhile, in this thread or one that is started."""
    seen: set[str] = set()

    def profile(frame: Any, event: str, _: Any) -> None:
        name = str(frame.f_globals.get("__name__", ""))
        if event == "call" and name.startswith("nbtrack."):
            seen.add(f"{name.removeprefix('nbtrack.')}.{frame.f_code.co_qualname}")

    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        run()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]
    return {each for each in seen if not each.startswith(("capture.guard.fence.", "capture.guard.deadline."))}


SWITCH = ("hosts.tracker.", "capture.asked.line.", "capture.session.session.Session.skip")
OFF_CELL = "from sklearn.metrics import accuracy_score\nwith open('/etc/hostname') as file:\n    text = file.read()\nfor epoch in range(3):\n    loss = 1 / (epoch + 1)\n    print(loss)\nacc = accuracy_score([1, 0], [1, 1])\nacc"


def test_off_is_off(shell: Any) -> None:
    shell.run("%%track\nimport sklearn.metrics\nloss = 0.5")
    shell.run("%track off")
    calls = nbtrack_calls(lambda: shell.run(OFF_CELL))
    assert {each for each in calls if not each.startswith(SWITCH)} == set()


def test_disabled_is_off_and_cannot_be_switched_on(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    nbtrack.unload_ipython_extension(shell.ip)
    monkeypatch.setenv("NBTRACK_DISABLE", "1")
    calls = nbtrack_calls(lambda: nbtrack.load_ipython_extension(shell.ip))
    assert not [
        each for each in calls if each.startswith(("store.local", "store.folder", "capture.session.jupyter_server"))
    ]
    shell.run("%track on")
    calls = nbtrack_calls(lambda: shell.run(OFF_CELL))
    assert {each for each in calls if not each.startswith(SWITCH)} == set()
    result = shell.run(
        "%%track\nimport nbtrack\nnbtrack.log(loss=0.5)\nwith nbtrack.start_run() as run:\n    run.log(loss=0.5)\n7"
    )
    assert (result.result, shell.store.exists()) == (7, False)


TROUBLED = "%%track\nimport nbtrack\nprint('one')\nloss = float('0.5')\nnbtrack.log(other=0.25)\nwith open('made.csv', 'w') as file:\n    file.write('a')\nloss"


@pytest.mark.filterwarnings("ignore:nbtrack")
@pytest.mark.parametrize(
    "calls", [("write",), ("flush",), ("create",), ("make_folders",), ("write", "create", "flush")]
)
def test_a_full_disk_changes_nothing(shell: Any, monkeypatch: pytest.MonkeyPatch, calls: tuple[str, ...]) -> None:
    shell.run("%%track\nloss = float('0.1')")
    store = shell.ip._nbtrack.tracker.store()

    def full(*_: Any, **__: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        for call in calls:
            if call in {"write", "flush"}:
                patch.setattr(store, "_disk", dataclasses.replace(store._disk, **{call: full}))
            patch.setattr(disk, call, full, raising=False)
        result = shell.run(TROUBLED)
    assert (result.success, result.result) == (True, 0.5)
    assert shell.run("%%track\nloss = float('0.3')\nloss").result == 0.3
    assert shell.last.metrics == {"loss": 0.3}


@pytest.mark.parametrize("when", ["before", "during"])
def test_a_store_that_is_deleted_changes_nothing(shell: Any, when: str) -> None:
    def gone() -> None:
        while shell.store.exists():  # what was found out in the background may be on its way there
            shutil.rmtree(shell.store, ignore_errors=True)

    shell.run("%%track\nloss = float('0.1')")
    shell.names["gone"] = gone
    if when == "before":
        gone()
        result = shell.run(TROUBLED)
    else:
        result = shell.run(TROUBLED.replace("print('one')", "print('one'); gone()"))
    assert (result.success, result.result) == (True, 0.5)
    assert shell.run("%%track\nloss = float('0.3')\nloss").result == 0.3


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is read-only to root")
def test_a_store_that_is_read_only_changes_nothing(shell: Any) -> None:
    shell.run("%%track\nloss = float('0.1')")
    for folder in (shell.store, *(each for each in shell.store.rglob("*") if each.is_dir())):
        folder.chmod(0o500)
    try:
        assert shell.run(TROUBLED).result == 0.5
    finally:
        for folder in (shell.store, *(each for each in shell.store.rglob("*") if each.is_dir())):
            folder.chmod(0o700)


def test_the_time_a_print_or_an_open_may_lose_is_bounded_and_lost_once(
    shell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "SECONDS", 0.1)
    monkeypatch.setattr(fence, "SECONDS", 1.0)
    monkeypatch.setattr("nbtrack.capture.data.files.stamp", lambda _: time.sleep(5))
    began = time.monotonic()
    result = shell.run("%%track\nfor number in range(5):\n    open(f'file{number}.csv', 'w').close()\n7")
    assert result.result == 7
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("with_torch", [False, True])
@pytest.mark.parametrize("cell", ["def getattr(found, name, default=None):\n    return default", "getattr = max"])
def test_a_cell_may_call_its_own_things_as_builtins_are_called(
    shell: Any, cell: str, *, with_torch: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if with_torch:  # which may read functions
        monkeypatch.setitem(sys.modules, "torch", sys.modules.get("torch", ModuleType("torch")))
    shell.run("from sklearn.metrics import accuracy_score\ndef judge():\n    return accuracy_score([1, 0], [1, 0])")
    shell.run(cell)
    assert shell.run("%%track\nacc = accuracy_score([1, 0], [1, 0])\nother = judge()").success
    assert shell.last.metrics["acc"] == 1.0
