"""nbtrack: the notebook-first experiment tracker. Put ``%%track`` on a cell and every execution of it is a run.

%load_ext nbtrack

%%track
model = RandomForestClassifier(n_estimators=200, random_state=42).fit(X_train, y_train)
accuracy_score(y_test, model.predict(X_test))
"""

from typing import TYPE_CHECKING, Any

from nbtrack.query.plotting import plug

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbtrack.capture.environment.seeds import seed_everything
    from nbtrack.errors import NbtrackError
    from nbtrack.hosts.comparing import compare
    from nbtrack.model.run import Run
    from nbtrack.query.runs import Runs, run, runs
    from nbtrack.record.active import log, log_artifact, log_params, set_tags
    from nbtrack.record.deletion import delete_run, restore_run
    from nbtrack.record.open_run import OpenRun
    from nbtrack.record.start import start_run
    from nbtrack.store.check.fsck import fsck
    from nbtrack.store.discovery import open_store
    from nbtrack.store.memory import MemoryStore
    from nbtrack.view.figures import Figures

__version__ = "0.1.0"
__all__ = [
    "MemoryStore",
    "NbtrackError",
    "OpenRun",
    "Run",
    "Runs",
    "compare",
    "delete_run",
    "fsck",
    "log",
    "log_artifact",
    "log_params",
    "open_store",
    "restore_run",
    "run",
    "runs",
    "seed_everything",
    "set_tags",
    "start_run",
]
_HOMES = {
    "MemoryStore": "store.memory",
    "NbtrackError": "errors",
    "OpenRun": "record.open_run",
    "Run": "model.run",
    "Runs": "query.runs",
    "compare": "hosts.comparing",
    "delete_run": "record.deletion",
    "fsck": "store.check.fsck",
    "log": "record.active",
    "log_artifact": "record.active",
    "log_params": "record.active",
    "open_store": "store.discovery",
    "restore_run": "record.deletion",
    "run": "query.runs",
    "runs": "query.runs",
    "seed_everything": "capture.environment.seeds",
    "set_tags": "record.active",
    "start_run": "record.start",
}


def __getattr__(name: str) -> Any:
    """Import a public name from the file that defines it, the first time it is used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'nbtrack' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"nbtrack.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])


def _figures(runs: "Sequence[Run]") -> "Figures":
    from nbtrack.view.figures import Figures

    return Figures(runs)


plug(_figures)


def load_ipython_extension(shell: Any) -> None:
    """Start tracking in an IPython shell: ``%load_ext nbtrack``."""
    from nbtrack.hosts.ipython import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Stop tracking and remove every hook: ``%unload_ext nbtrack``."""
    from nbtrack.hosts.ipython import unload

    unload(shell)
