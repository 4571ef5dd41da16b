"""One run as a page shows it: what ``static/report/run.html`` takes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from nbtrack.model.direction import direction
from nbtrack.model.run import Run
from nbtrack.query.changes import is_number
from nbtrack.report.figures import Drawn, drawn
from nbtrack.report.parts import Comment, Fact, RunPage
from nbtrack.view.number import aligned, decimals
from nbtrack.view.wording import MARKS, duration_text, state_text, value_text

_LEADING: Final = 3  # metrics beside the name of a run


@dataclass(frozen=True, slots=True)
class Said:
    """A comment and who wrote it when."""

    text: str
    byline: str


@dataclass(frozen=True, slots=True)
class Leading:
    """A metric told beside the name of a run, and whether no other run's value is better."""

    name: str
    value: str
    best: bool = False


@dataclass(frozen=True, slots=True)
class RunView:
    """What ``run_page`` and ``run_head`` of ``report/run.html`` draw.

    ``leading`` are metrics told beside the name, ``shown`` what the cell showed with what is only named of it
    (``absent``), ``packages`` the fragment of its list of packages, or nothing.
    """

    page: RunPage
    status: str
    mark: str
    state: str
    leading: tuple["Leading", ...]
    shown: tuple[Drawn, ...]
    comments: tuple[Said, ...]
    packages: str = ""

    @property
    def absent(self) -> tuple[Drawn, ...]:
        """What the cell showed or kept that is not in the page."""
        return tuple(each for each in self.shown if each.kind == "absent")

    @property
    def environment(self) -> tuple[Fact, ...]:
        """What the run ran in."""
        return self.page.environment


def run_view(
    page: RunPage,
    *,
    plotly: bool = True,
    packages: Mapping[str, str] | None = None,
    figures: bool = True,
    leading: Sequence[Leading] | None = None,
) -> RunView:
    """Return ``page`` as it is drawn.

    Args:
        page: what is told of a run.
        plotly: whether its figures may come with the data to draw them, where the page has plotly.
        packages: the fragment of each list of packages in the page, by environment key.
        figures: whether to draw what the cell showed; a page of a thousand runs does so for some.
        leading: the metrics told beside its name; None for its first.
    """
    run = page.run
    return RunView(
        page=page,
        status=run.status if run.status in MARKS else "lost",
        mark=MARKS.get(run.status, "?"),
        state=_state(page),
        leading=tuple(_first(page) if leading is None else leading),
        shown=drawn(page.shown, plotly=plotly) if figures else (),
        comments=tuple(Said(each.text, _byline(each)) for each in page.comments),
        packages=(packages or {}).get(page.environment_key, ""),
    )


def _first(page: RunPage) -> list[Leading]:
    return [Leading(fact.name, fact.value) for fact in page.metrics[:_LEADING]]


def leading_of(runs: Sequence[Run]) -> dict[str, tuple[Leading, ...]]:
    """Return, by run id, the same few metrics of each run: those most have, first those known to be better one way."""
    had = Counter(name for run in runs for name in run.metrics)
    chosen = sorted(had, key=lambda name: (not direction(name), -had[name]))[:_LEADING]
    told = [_told(runs, name) for name in chosen]
    return {run.id: tuple(each[run.id] for each in told if run.id in each) for run in runs}


def _told(runs: Sequence[Run], metric: str) -> dict[str, Leading]:
    values = {run.id: run.metrics[metric] for run in runs if metric in run.metrics}
    numbers = [value for value in values.values() if is_number(value)]
    places, way = decimals(numbers), direction(metric)
    best = {"max": max, "min": min}[way](numbers) if way and len(set(numbers)) > 1 else None
    return {
        run: Leading(metric, aligned(value, places) if is_number(value) else value_text(value), value == best)
        for run, value in values.items()
    }


def _state(page: RunPage) -> str:
    took = duration_text(page.run.duration) if page.run.duration is not None else ""
    return " · ".join(filter(None, (state_text(page.run), took)))


def _byline(comment: Comment) -> str:
    return ", ".join(filter(None, (comment.by, _moment(comment.at))))


def _moment(at: int | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
