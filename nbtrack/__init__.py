"""nbtrack: the notebook-first experiment tracker. Put ``%%track`` on a cell and every execution of it is a run.

%load_ext nbtrack

%%track
model = RandomForestClassifier(n_estimators=200, random_state=42).fit(X_train, y_train)
accuracy_score(y_test, model.predict(X_test))
"""

from typing import TYPE_CHECKING, Any

from nbtrack.model import asking, callable_package
from nbtrack.query import plugged
from nbtrack.query.plotting import plug

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nbtrack.capture.environment.seeds import seed_everything
    from nbtrack.errors import NbtrackError
    from nbtrack.export.exporting import export
    from nbtrack.hosts.checking_out import checkout
    from nbtrack.hosts.comparing import compare
    from nbtrack.hosts.publishing import publish
    from nbtrack.hosts.reporting import report
    from nbtrack.hosts.reproducing import reproduce
    from nbtrack.model.run import Run
    from nbtrack.query.checklist.checklist import check
    from nbtrack.query.lineage import lineage
    from nbtrack.query.provenance import Provenance
    from nbtrack.query.runs import Runs, run, runs
    from nbtrack.query.whois import whois
    from nbtrack.record.active import log, log_artifact, log_params, set_tags
    from nbtrack.record.annotating import annotate
    from nbtrack.record.deletion import delete_run, restore_run
    from nbtrack.record.open_run import OpenRun
    from nbtrack.record.start import start_run
    from nbtrack.reproduce.environment.files import environment
    from nbtrack.share.bundle import bundle
    from nbtrack.share.pulling import pull
    from nbtrack.share.pushing import push
    from nbtrack.share.syncing import sync
    from nbtrack.share.unbundling import import_bundle
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
    "annotate",
    "bundle",
    "check",
    "checkout",
    "compare",
    "delete_run",
    "environment",
    "export",
    "fsck",
    "import_bundle",
    "lineage",
    "log",
    "log_artifact",
    "log_params",
    "open_store",
    "publish",
    "pull",
    "push",
    "report",
    "reproduce",
    "restore_run",
    "run",
    "runs",
    "seed_everything",
    "set_tags",
    "start_run",
    "sync",
    "whois",
]
_HOMES = {
    "MemoryStore": "store.memory",
    "NbtrackError": "errors",
    "OpenRun": "record.open_run",
    "Run": "model.run",
    "Runs": "query.runs",
    "annotate": "record.annotating",
    "bundle": "share.bundle",
    "check": "query.checklist.checklist",
    "checkout": "hosts.checking_out",
    "compare": "hosts.comparing",
    "delete_run": "record.deletion",
    "environment": "reproduce.environment.files",
    "export": "export.exporting",
    "fsck": "store.check.fsck",
    "import_bundle": "share.unbundling",
    "lineage": "query.lineage",
    "log": "record.active",
    "log_artifact": "record.active",
    "log_params": "record.active",
    "open_store": "store.discovery",
    "publish": "hosts.publishing",
    "pull": "share.pulling",
    "push": "share.pushing",
    "report": "hosts.reporting",
    "reproduce": "hosts.reproducing",
    "restore_run": "record.deletion",
    "run": "query.runs",
    "runs": "query.runs",
    "seed_everything": "capture.environment.seeds",
    "set_tags": "record.active",
    "start_run": "record.start",
    "sync": "share.syncing",
    "whois": "query.whois",
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


def _provenance(run: "Run") -> "Provenance":
    from nbtrack.query.provenance import provenance

    return provenance(run)


def _html(answer: Any) -> str:
    from nbtrack.view.answers import answer_html

    return answer_html(answer)


def _export(*args: Any, **named: Any) -> Any:
    from nbtrack.export.exporting import export

    return export(*args, **named)


def _report(*args: Any, **named: Any) -> Any:
    from nbtrack.hosts.reporting import report

    return report(*args, **named)


def _reproduce(*args: Any, **named: Any) -> Any:
    from nbtrack.hosts.reproducing import reproduce

    return reproduce(*args, **named)


def _kept_notebook(path: "Path") -> bytes | None:
    from nbtrack.capture.session.notebook_file import read_notebook, stamp_of

    stamp = stamp_of(path)
    saved = read_notebook(stamp) if stamp else None
    return saved.text if saved else None


plug(_figures)
callable_package.plug("nbtrack.export", _export)
callable_package.plug("nbtrack.report", _report)
callable_package.plug("nbtrack.reproduce", _reproduce)
asking.plug(_provenance)
plugged.plug(_html)
plugged.plug_notebook(_kept_notebook)


def load_ipython_extension(shell: Any) -> None:
    """Start tracking in an IPython shell: ``%load_ext nbtrack``."""
    from nbtrack.hosts.ipython import load

    load(shell)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Tell Jupyter Server where its extension is."""
    return [{"module": "nbtrack.hosts.server.extension"}]


def unload_ipython_extension(shell: Any) -> None:
    """Stop tracking and remove every hook: ``%unload_ext nbtrack``."""
    from nbtrack.hosts.ipython import unload

    unload(shell)
