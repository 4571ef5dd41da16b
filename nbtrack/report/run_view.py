"""One run as a page shows it: what ``static/report/run.html`` takes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from nbtrack.model.direction import direction
from nbtrack.model.folds import results_first
from nbtrack.model.run import Run
from nbtrack.query.changes import is_number
from nbtrack.report.figures import Drawn, drawn
from nbtrack.report.parts import Comment, Fact, RunPage
from nbtrack.view.columns import ONE_SET, Sets, best_rows
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
    def chosen(self) -> tuple[Fact, ...]:
        """The params that somebody set."""
        return tuple(each for each in self.page.params if not _is_default(each))

    @property
    def defaults(self) -> tuple[Fact, ...]:
        """The params that are as their estimators have them; they stand after what the run is about."""
        return tuple(each for each in self.page.params if _is_default(each))

    @property
    def environment(self) -> tuple[Fact, ...]:
        """What the run ran in."""
        return self.page.environment


def _is_default(param: Fact) -> bool:
    return param.note.endswith(" default")


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


def leading_of(runs: Sequence[Run], sets: Sets = ONE_SET) -> dict[str, tuple[Leading, ...]]:
    """Return, by run id, the same few metrics of each run: those most have, first those known to be better one way.

    A run that has none of these is told by its own, chosen the same way.
    """
    had = Counter(name for run in runs for name in run.metrics)
    ordered = sorted(results_first(had), key=lambda name: (not direction(name), -had[name]))
    chosen = {run.id: [name for name in ordered[:_LEADING] if name in run.metrics] for run in runs}
    for run in runs:
        chosen[run.id] = chosen[run.id] or [name for name in ordered if name in run.metrics][:_LEADING]
    told = {name: _told(runs, name, sets) for names in chosen.values() for name in names}
    return {run.id: tuple(told[name][run.id] for name in chosen[run.id]) for run in runs}


def _told(runs: Sequence[Run], metric: str, sets: Sets) -> dict[str, Leading]:
    values = {run.id: run.metrics[metric] for run in runs if metric in run.metrics}
    numbers = {at: value for at, value in enumerate(values.values()) if is_number(value)}
    places = decimals(numbers.values())
    best = best_rows(metric, numbers, [sets.get(run, "") for run in values] if sets else [])
    return {
        run: Leading(metric, aligned(value, places) if is_number(value) else value_text(value), at in best)
        for at, (run, value) in enumerate(values.items())
    }


def _state(page: RunPage) -> str:
    took = duration_text(page.run.duration) if page.run.duration is not None else ""
    return " · ".join(filter(None, (state_text(page.run), took)))


def _byline(comment: Comment) -> str:
    return ", ".join(filter(None, (comment.by, _moment(comment.at))))


def _moment(at: int | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
