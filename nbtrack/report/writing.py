"""Writing a report: built, drawn and sealed in memory, then put in its place whole or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as replaced
from pathlib import Path

from nbtrack.errors import UsageError
from nbtrack.export.whole_file import replace_files
from nbtrack.model.run import Run
from nbtrack.query.json_format import json_text
from nbtrack.report.building import build
from nbtrack.report.options import Options
from nbtrack.report.page import page
from nbtrack.report.parts import Report
from nbtrack.report.report_json import report_json
from nbtrack.report.seal import sealed
from nbtrack.store.base import Store


@dataclass(frozen=True, slots=True)
class Target:
    """Where a report goes: the page to ``page``, and the same as JSON to ``data`` unless that is None."""

    page: Path
    data: Path | None = None

    def check(self, *, force: bool) -> None:
        """See that nothing stands where the report goes, before any work is done.

        Raises:
            UsageError: there is something, and ``force`` does not say to replace it; or the folder is not there.
        """
        if self.page == self.data:
            raise UsageError(f"{str(self.page)[:200]!r} is the page's name; the JSON beside it would have the same")
        for path in filter(None, (self.page, self.data)):
            if not path.parent.is_dir():
                raise UsageError(
                    f"there is no folder {str(path.parent)[:200]!r}; make it first, or name a file elsewhere"
                )
            if path.is_dir():
                raise UsageError(f"{str(path)[:200]!r} is a folder; name a file in it")
            if not force and (path.exists() or path.is_symlink()):
                raise UsageError(f"{str(path)[:200]} is there already; --force replaces it")


def write_report(runs: Sequence[Run], target: Target, options: Options, store: str = "") -> Report:
    """Write the report of ``runs`` and return it. What may be a secret is not in it; ``Report.removed`` says how much.

    Raises:
        UsageError, RunNotFound, MetricNotFound: as ``building.build``.
        FileNotWritten: a file cannot be written; what was there is untouched.
    """
    report = build(runs, options, store)
    _put(report, page(report), target)
    return report


def write_notebook_report(path: Path, target: Target, options: Options, store: Store) -> Report:
    """Write the report of a notebook and return that of its runs.

    Raises:
        UsageError, LimitExceeded: as ``notebook.build_notebook``.
        FileNotWritten: a file cannot be written; what was there is untouched.
    """
    from nbtrack.report.notebook import build_notebook  # noqa: PLC0415 - a notebook is rarely asked for

    made = build_notebook(path, store, options)
    report = replaced(made.report, removed={**made.report.removed, **made.removed})
    _put(report, made.html(), target)
    return report


def _put(report: Report, html: str, target: Target) -> None:
    files = {target.page: sealed(html).encode("utf-8")}
    if target.data is not None:
        files[target.data] = (json_text(report_json(report)) + "\n").encode("utf-8")
    replace_files(files)
