"""A reproduction as a terminal shows it: the plan, how it goes, and the verdict, readable at eighty columns."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from rich import box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from nbtrack.hosts.reproduce_progress import Progress, roughly
from nbtrack.hosts.reproduce_text import (
    headline,
    metric_rows,
    nobody_to_ask,
    plan_sections,
    verdict_sections,
    verdict_sentence,
)
from nbtrack.view.escape import shown, shown_code
from nbtrack.view.wording import level_text, verdict_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from rich.console import RenderableType
    from rich.live import Live

    from nbtrack.hosts.reproduce_text import Section
    from nbtrack.hosts.reproducing import Verdict
    from nbtrack.reproduce.plan import Plan

_STYLES: Final = {
    "identical": "bold green",
    "within tolerance": "bold green",
    "statistically consistent": "bold green",
    "different": "bold yellow",
    "failed": "bold red",
    "cannot run": "bold red",
}
_ROW_STYLES: Final = {"different": "yellow", "missing": "yellow", "not judged": "dim", "new": "dim"}
_TITLES: Final = 11  # columns that headings take
_TRACE: Final = 30  # lines of a traceback


def plan_view(plan: Plan) -> RenderableType:
    """Return what a plan will do."""
    return Group(Text(headline(plan), style="bold"), Text(), _sections(plan_sections(plan)), Text())


def verdict_view(verdict: Verdict) -> RenderableType:
    """Return what a reproduction found."""
    document = verdict.document
    about = f"  run {verdict.run.short} {shown(verdict.run.name, 50)}"
    level = verdict_text(document["level"])
    parts: list[RenderableType] = [Text.assemble((shown(level), _STYLES.get(document["level"], "")), about)]
    parts.append(Text(shown_code(verdict_sentence(document), 4000)))
    if verdict.traceback and document["level"] == "failed":
        lines = shown_code(verdict.traceback).rstrip().split("\n")
        cut = [f"… {len(lines) - _TRACE} more lines", *lines[-_TRACE:]] if len(lines) > _TRACE else lines
        parts += [Text(), Text("\n".join(cut), style="red")]
    if document["metrics"]:
        parts += [Text(), _metrics(verdict)]
    parts += [Text(), _sections(verdict_sections(document))]
    if verdict.folder is not None:
        parts.append(_sections_of([("kept", [str(verdict.folder)], "")]))
    if verdict.notice:
        parts.append(Text(shown(verdict.notice, 300), style="yellow"))
    return Group(*parts)


def _metrics(verdict: Verdict) -> RenderableType:
    rows = metric_rows(verdict.document)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    table.add_column("metric", overflow="fold")
    for title in ("was", "now", "change"):
        table.add_column(title, justify="right", no_wrap=title != "now")
    predicted = any("…" in row.allowed for row in rows)
    table.add_column("predicted" if predicted else "allowed", justify="right", no_wrap=True)
    table.add_column("", overflow="fold")
    for row in rows:
        style = _ROW_STYLES.get(row.level, "")
        table.add_row(*(Text(each, style=style) for each in (*row[:-1], level_text(row.level))))
    return table


def _sections(sections: Sequence[Section]) -> RenderableType:
    return _sections_of([(each.title, each.lines, _style(each)) for each in sections])


def _style(section: Section) -> str:
    return "yellow" if section.grave and not section.ranked else "bold yellow" if section.grave else ""


def _sections_of(sections: Sequence[tuple[str, Sequence[str], str]]) -> RenderableType:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=_TITLES, no_wrap=True)
    table.add_column(overflow="fold")
    for title, lines, style in sections:
        for at, line in enumerate(lines):
            table.add_row(
                Text("" if at else title, style="dim"),
                Text(line, style=style if not at or style != "bold yellow" else ""),
            )
    return table


class TerminalConversation:
    """Talks with whoever sits at a terminal; where nobody does, it writes lines that a log can keep.

    Args:
        file: where the plan and the progress go: standard error where standard output is for a program.
        width: columns, where that is not the terminal's.
    """

    def __init__(self, file: TextIO | None = None, width: int | None = None) -> None:
        self._file = file or sys.stdout
        self._console = Console(
            file=self._file, width=width, highlight=False, markup=False, emoji=False, force_jupyter=False
        )
        self._live: Live | None = None

    def show_plan(self, plan: Plan) -> None:
        """Print the plan."""
        self._console.print(plan_view(plan))

    def agreed(self) -> bool:
        """Ask on standard input."""
        if not sys.stdin or not sys.stdin.isatty():
            raise nobody_to_ask()
        self._file.write("Run it? [y/N] ")
        self._file.flush()
        return sys.stdin.readline().strip().lower() in {"y", "yes"}

    def reporter(self, plan: Plan) -> Progress:
        """Return a progress that is drawn as it changes."""
        if not self._console.is_terminal:
            return LinesProgress(plan, self._console)
        from rich.live import Live  # noqa: PLC0415 - 20 ms

        progress = LiveProgress(plan, self._console)
        self._live = Live(progress, console=self._console, refresh_per_second=8, transient=True)
        self._live.start()
        return progress

    def close(self) -> None:
        """Take the moving line away."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def stopped(self, told: str) -> None:
        """Print a line."""
        self._console.print(Text(told))


class LiveProgress(Progress):
    """A progress whose last line moves; the program's own output scrolls by above it."""

    def __init__(self, plan: Plan, console: Console) -> None:
        super().__init__(plan)
        self._console = console
        self._spinning = 0

    def phase(self, name: str) -> None:
        """Begin a phase, and leave a line that says how long the last one took."""
        if self.now:
            self._console.print(Text(f"  {self.now}  {roughly(self.elapsed())}", style="dim"))
        super().phase(name)

    def wrote(self, stream: str, text: str) -> None:
        """Print a line of the program."""
        super().wrote(stream, text)
        self._console.print(Text(f"  │ {shown(text, 400)}", style="dim" if stream == "stdout" else "dim red"))

    def __rich__(self) -> Text:
        """Draw the line as it stands now."""
        self._spinning += 1
        spinner = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"[self._spinning % 10]
        text = Text(f"{spinner} {self.line(self.elapsed())}", no_wrap=True, overflow="ellipsis")
        text.truncate(max(self._console.width - 1, 10), overflow="ellipsis")
        return text


class LinesProgress(Progress):
    """A progress for a file or a pipe: a line for each phase and cell, and the program's own output."""

    def __init__(self, plan: Plan, console: Console) -> None:
        super().__init__(plan)
        self._console = console

    def phase(self, name: str) -> None:
        """Print which phase begins."""
        super().phase(name)
        self._console.print(Text(name))

    def begun(self, at: int) -> None:
        """Print which cell begins."""
        super().begun(at)
        self._console.print(Text(f"  {self.line()}"), soft_wrap=True)

    def wrote(self, stream: str, text: str) -> None:
        """Print a line of the program."""
        super().wrote(stream, text)
        self._console.print(Text(f"  | {shown(text, 1000)}"), soft_wrap=True)
