"""``Runs.plot``: the charts of a comparison as plotly figures, for people who go on with them in Python."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import isfinite, log10
from typing import TYPE_CHECKING, Any, Final

from nbtrack.errors import MetricNotFound, NbtrackError, UsageError
from nbtrack.model.direction import direction
from nbtrack.model.downsample import largest_triangles
from nbtrack.model.run import Run
from nbtrack.query.importance import Importance, importance
from nbtrack.query.nearest import nearest
from nbtrack.view.columns import names
from nbtrack.view.escape import shown
from nbtrack.view.figure_style import (
    COLOURS,
    DASHES,
    FAINT,
    RAMP,
    SYMBOLS,
    axis,
    colour_bar,
    emptiness,
    layout,
    text,
)
from nbtrack.view.wording import MISSING, value_text

if TYPE_CHECKING:
    import plotly.graph_objects as go

_POINTS: Final = 400  # of a curve: what the width of a chart can show
_LEGEND: Final = 20  # curves that a legend can tell apart
_HOVERED: Final = 8  # params named under the pointer
_FEW: Final = 20  # runs under which any bar deserves a warning
_AXES: Final = 8  # of parallel coordinates, unless more are asked for
_SPACES: Final = ("metrics", "params", "tags")
_OWN: Final = ("name", "experiment", "status", "duration", "started")


@dataclass(frozen=True, slots=True)
class _Column:
    """A value a run: numbers where all are (None where there is none), else words."""

    name: str
    values: tuple[Any, ...]
    numeric: bool

    @property
    def title(self) -> str:
        return text(self.name)

    @property
    def words(self) -> list[str]:
        return [text(MISSING if value is None else _worded(value), 40) for value in self.values]

    @property
    def log(self) -> bool:
        numbers = [value for value in self.values if value is not None] if self.numeric else []
        return bool(numbers) and min(numbers) > 0 and max(numbers) / min(numbers) > 100


class Figures:
    """Draws some runs with plotly; ``Runs.plot`` is one. Every method returns a ``plotly.graph_objects.Figure``.

    Colours are Okabe and Ito's with shapes or dashes beside them, backgrounds are transparent, and user text is shown
    as it is. Values that are not finite numbers are gaps.
    """

    def __init__(self, runs: Sequence[Run]) -> None:
        self._runs = tuple(runs)

    def curves(self, metric: str | None = None, *, smooth: float = 0.0) -> "go.Figure":
        """Return the series of ``metric`` over its steps, a line a run.

        Args:
            metric: its name; None for the one of which most runs have a series.
            smooth: how much of the past weighs on each point, 0 to less than 1: the exponential moving average with
                its start corrected, as TensorBoard draws it.

        Raises:
            MetricNotFound: no run has the metric; the message names the nearest.
            UsageError: ``smooth`` is not between 0 and 1.

        >>> import nbtrack
        >>> store = nbtrack.MemoryStore()
        >>> with nbtrack.start_run("first", store=store, params={"lr": 0.1}) as opened:
        ...     for step in range(3):
        ...         opened.log(loss=1 / (step + 1))
        >>> figure = nbtrack.runs(store=store).plot.curves("loss", smooth=0.5)
        >>> figure.layout.yaxis.title.text, len(figure.data[0].x)
        ('loss (smoothed 0.5)', 3)
        """
        if not 0 <= smooth < 1:
            raise UsageError(f"smooth is a weight from 0 to less than 1, not {smooth!r}")
        metric = self._most_drawn() if metric is None else metric
        if metric is None:
            return _figure([], emptiness("No series to draw" if self._runs else "No run to draw"))
        self._column(f"metrics.{metric}")
        told = self._told()
        drawn = [run for run in self._runs if metric in run.curves]
        lines = [line for run in drawn if (line := _line(run, metric, smooth, told[run.id]))]
        for at, line in enumerate(lines):
            line["line"] = {"width": 1.6, "color": COLOURS[at % 8], "dash": DASHES[at // 8 % len(DASHES)]}
        if not lines:
            said = f"No series of {text(metric)} to draw" if self._runs else "No run to draw"
            return _figure([], emptiness(said))
        low, high = _ends(y for line in lines for y in line["y"])
        kind = "log" if low > 0 and high / low > 100 else "linear"
        shows = len(lines) <= _LEGEND
        title = text(metric) + (f" (smoothed {smooth:g})" if smooth else "")
        return _figure(lines, layout(xaxis=axis("step"), yaxis=axis(title, type=kind), showlegend=shows))

    def scatter(self, x: str, y: str, *, colour: str | None = None) -> "go.Figure":
        """Return ``y`` of the runs over ``x``, a mark a run.

        Args:
            x: a param, a metric, a tag, or one of name, experiment, status, duration (seconds) and started; write
                ``"params.lr"`` where several have the name.
            y: the same.
            colour: what gives marks their colour, numbers by depth, words by colour and shape.

        Raises:
            MetricNotFound: no run has the metric; the message names the nearest.
            UsageError: no run has anything of this name.

        >>> import nbtrack
        >>> store = nbtrack.MemoryStore()
        >>> for lr in (0.1, 0.01):
        ...     with nbtrack.start_run(f"lr {lr}", store=store, params={"lr": lr}) as opened:
        ...         opened.log(f1=1 - lr)
        >>> figure = nbtrack.runs("order by params.lr", store=store).plot.scatter("lr", "metrics.f1")
        >>> figure.data[0].x, figure.layout.xaxis.title.text
        ((0.01, 0.1), 'lr')
        """
        xs, ys, by = self._column(x), self._column(y), self._column(colour) if colour else None
        rows = [at for at in range(len(self._runs)) if xs.values[at] is not None and ys.values[at] is not None]
        if not rows:
            return _figure([], emptiness("No run to draw"))
        told = list(self._told().values())
        traces = [_marks(xs, ys, rows, told)] if by is None else _coloured(xs, ys, by, rows, told)
        legend = {"title": {"text": by.title}} if by and not by.numeric else {}
        axes = {"xaxis": _axis_of(xs), "yaxis": _axis_of(ys)}
        return _figure(traces, layout(**axes, showlegend=len(traces) > 1, legend=legend))

    def parallel(self, *columns: str, colour: str | None = None) -> "go.Figure":
        """Return the runs as lines over one axis a column; drag along an axis to choose some.

        Args:
            columns: names as ``scatter`` takes them; none for the params that differ and the metrics.
            colour: a column; the last of the columns if it is not said.

        Raises:
            MetricNotFound: no run has the metric; the message names the nearest.
            UsageError: no run has anything of this name.

        >>> import nbtrack
        >>> store = nbtrack.MemoryStore()
        >>> for lr in (0.1, 0.01):
        ...     with nbtrack.start_run(f"lr {lr}", store=store, params={"lr": lr, "seed": 1}) as opened:
        ...         opened.log(f1=1 - lr)
        >>> [dimension.label for dimension in nbtrack.runs(store=store).plot.parallel().data[0].dimensions]
        ['lr', 'f1']
        """
        chosen = [self._column(name) for name in columns or self._usual()]
        if not self._runs or not chosen:
            return _figure([], emptiness("No run to draw" if not self._runs else "Nothing differs between these runs"))
        by = self._column(colour) if colour else chosen[-1]
        used = [*chosen, by]
        rows = [at for at in range(len(self._runs)) if all(c.values[at] is not None or not c.numeric for c in used)]
        if not rows:
            return _figure([], emptiness("No run has a value in each of these columns"))
        places, shown_by = _dimension(by, rows)["values"], by.numeric
        line: dict[str, Any] = {"color": places, "colorscale": RAMP, "showscale": shown_by}
        if shown_by:
            line["colorbar"] = colour_bar(f"{by.title} (log10)" if by.log else by.title)
        dimensions = [_dimension(each, rows) for each in chosen]
        plain = {"shadow": "none"}  # plotly's own is white
        fonts = {"tickfont": plain, "rangefont": plain, "labelfont": plain}
        trace = {"type": "parcoords", "line": line, "dimensions": dimensions, **fonts}
        widest = max(map(len, dimensions[0].get("ticktext", ["0.0000"])))
        more = {"margin": {"l": 24 + 7 * min(widest, 40), "r": 60, "t": 60, "b": 50}}
        left = len(self._runs) - len(rows)
        if left:
            note = f"{left} of {len(self._runs)} runs, which lack a value, are not drawn"
            below = {"xref": "paper", "yref": "paper", "x": 0, "y": -0.17, "showarrow": False}
            more["annotations"] = [{"text": note, **below}]  # type: ignore[assignment]  # settings of any kind
        return _figure([trace], layout(**more))

    def importance(self, metric: str) -> "go.Figure":
        """Return a bar for each param that varies: how much of ``metric`` goes with it in these runs.

        The method, its interval and its limits are those of ``nbtrack.query.importance``.

        Raises:
            MetricNotFound: no run has the metric; the message names the nearest.

        >>> import nbtrack
        >>> store = nbtrack.MemoryStore()
        >>> for number in range(12):
        ...     with nbtrack.start_run(str(number), store=store, params={"lr": number % 3}) as opened:
        ...         opened.log(f1=0.9 - number % 3 / 10 + number / 1000)
        >>> nbtrack.runs(store=store).plot.importance("f1").data[0].y
        ('lr',)
        """
        rows = importance(self._runs, metric)[::-1]
        if not rows:
            return _figure([], emptiness("No run to draw" if not self._runs else "No param came back in several runs"))
        labels = [" = ".join(text(name, 40) for name in row.params[:3]) for row in rows]
        told = [_importance_told(row, metric) for row in rows]
        traces = [_importance_bars(rows, labels, told), _chance_marks(rows, labels)]
        most = max(row.n for row in rows)
        title = (
            f"share of the variance of {text(metric)}'s ranks (Kelley's ε²; 90 % jackknife interval; {most} runs)"
            "<br>association in these runs, not cause; one param at a time"
            + ("" if most >= _FEW else f"<br>only {most} runs: take every bar as a hint")
        )
        height = 130 + 26 * len(rows)
        axes = {"xaxis": axis(title, range=[0, 1.02]), "yaxis": axis("", type="category", showgrid=False)}
        legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
        return _figure(traces, layout(**axes, height=height, legend=legend, barmode="overlay"))

    def _column(self, name: str) -> _Column:
        """Return the values of a name: ``params.lr``, or ``lr`` where that is plain."""
        space, _, key = name.partition(".")
        if space in _SPACES and any(key in getattr(run, space) for run in self._runs):
            return _column(key, [getattr(run, space).get(key) for run in self._runs])
        if name in _OWN:
            return _column(name, [_own(run, name) for run in self._runs])
        for each in _SPACES:
            if any(name in getattr(run, each) for run in self._runs):
                return _column(name, [getattr(run, each).get(name) for run in self._runs])
        if self._runs:
            raise self._unknown(space, key, name)
        return _Column(key if space in _SPACES else name, (), numeric=True)

    def _unknown(self, space: str, key: str, name: str) -> NbtrackError:
        known = {each: dict.fromkeys(key for run in self._runs for key in getattr(run, each)) for each in _SPACES}
        wanted = known.get(space) or {**known["metrics"], **known["params"], **known["tags"], **dict.fromkeys(_OWN)}
        near = nearest(key if space in known else name, wanted)
        there = ", ".join(repr(each) for each in list(wanted)[:5]) or "none"
        hint = f"did you mean {near!r}?" if near else f"there are {there}"
        if space == "metrics":
            return MetricNotFound(f"no run has the metric {key[:80]!r}; {hint}")
        return UsageError(f"no run has {name[:80]!r}; {hint}")

    def _most_drawn(self) -> str | None:
        """Return the metric of which most runs have a series, one that tells good from bad before others."""
        count = Counter(metric for run in self._runs for metric in run.curves)
        return max(count, key=lambda metric: (count[metric], direction(metric) is not None), default=None)

    def _usual(self) -> list[str]:
        """Return the params that differ and the metrics, of those that most runs have; the last tells good from bad."""
        metrics = sorted(self._common("metrics"), key=lambda name: direction(name) is not None)[-_AXES // 2 :]
        params = [name for name in self._common("params") if len(set(self._column(name).words)) > 1]
        return [*params[: _AXES - len(metrics)], *metrics]

    def _common(self, space: str) -> list[str]:
        keys = names(self._runs, space) if self._runs else []
        share = {key: sum(key in getattr(run, space) for run in self._runs) for key in keys}
        return [f"{space}.{key}" for key in keys if share[key] >= 0.75 * len(self._runs)]

    def _told(self) -> dict[str, str]:
        """Return what stands under the pointer: each run's name and the params that differ."""
        keys = list(dict.fromkeys(key for run in self._runs for key in run.params))
        telling = [key for key in keys if len({_worded(run.params.get(key)) for run in self._runs}) > 1][:_HOVERED]
        return {
            run.id: f"<b>{text(run.name)}</b> {text(run.short)}"
            + "".join(
                f"<br>{text(key, 40)} {text(_worded(run.params[key]), 40)}" for key in telling if key in run.params
            )
            for run in self._runs
        }


def _figure(traces: Sequence[dict[str, Any]], described: dict[str, Any]) -> "go.Figure":
    import plotly.graph_objects as go  # noqa: PLC0415 - half a second, paid by those who draw

    return go.Figure({"data": traces, "layout": described})


def _column(name: str, values: Sequence[Any]) -> _Column:
    there = [value for value in values if value is not None]
    numeric = bool(there) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in there)
    return _Column(name, tuple(map(_finite, values) if numeric else values), numeric or not there)


def _own(run: Run, name: str) -> Any:
    return run.started.isoformat(sep=" ", timespec="seconds") if name == "started" else getattr(run, name)


def _finite(value: Any) -> float | None:
    """Plotly has no word for nan and inf: what is not finite, or no float can hold, is a gap."""
    try:
        number = None if value is None else float(value)
    except OverflowError:
        return None
    return number if number is not None and isfinite(number) else None


def _worded(value: Any) -> str:
    return value if isinstance(value, str) else value_text(value, 100)


def _plain(value: Any) -> str:
    """Return words for an axis of parallel coordinates, the one place where plotly reads no HTML."""
    return shown(MISSING if value is None else _worded(value), 40)


def _ends(values: Iterable[float | None]) -> tuple[float, float]:
    there = [value for value in values if value is not None]
    return (min(there), max(there)) if there else (0, 0)


def _line(run: Run, metric: str, smooth: float, told: str) -> dict[str, Any] | None:
    try:
        history = run.history(metric)
    except NbtrackError:  # a damaged series must not cost the figure
        return None
    ys = _smoothed([_finite(value) for value in history.values], smooth)
    there = {at: y for at, y in enumerate(ys) if y is not None}
    if not there:
        return None
    places = list(range(len(ys)))
    if len(ys) > _POINTS:
        numbers = list(there)
        kept = largest_triangles([history.steps[at] for at in numbers], list(there.values()), _POINTS)
        places = [numbers[at] for at in kept]
    return {
        "type": "scatter",
        "mode": "lines" if len(there) > 1 else "markers",
        "name": text(run.name, 40),
        "x": [history.steps[at] for at in places],
        "y": [None if ys[at] is None else _brief(ys[at]) for at in places],
        "meta": told,
        "hovertemplate": "%{meta}<br>step %{x}: %{y:.5~g}<extra></extra>",
    }


def _brief(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.7g}")


def _smoothed(values: Sequence[float | None], weight: float) -> list[float | None]:
    """Return the moving average, each mean divided by the weight it has gathered (Kingma and Ba 2015, section 3)."""
    if not weight:
        return list(values)

    def step(state: tuple[float, float], value: float | None) -> tuple[float, float]:
        mean, gathered = state
        return state if value is None else (weight * mean + (1 - weight) * value, weight * gathered + 1 - weight)

    states = list(accumulate(values, step, initial=(0.0, 0.0)))[1:]
    return [None if value is None else mean / whole for value, (mean, whole) in zip(values, states, strict=True)]


def _axis_of(column: _Column) -> dict[str, Any]:
    return axis(column.title, type="log" if column.log else "linear" if column.numeric else "category")


def _place(column: _Column, rows: Sequence[int]) -> list[Any]:
    source: Sequence[Any] = column.values if column.numeric else column.words
    return [source[at] for at in rows]


def _marks(xs: _Column, ys: _Column, rows: Sequence[int], told: Sequence[str], **marker: Any) -> dict[str, Any]:
    values = f"{xs.title} %{{x}}<br>{ys.title} %{{y}}".replace("%{x}", "%{x:.5~g}" if xs.numeric else "%{x}")
    values = values.replace("%{y}", "%{y:.5~g}" if ys.numeric else "%{y}")
    return {
        "type": "scatter",
        "mode": "markers",
        "x": _place(xs, rows),
        "y": _place(ys, rows),
        "text": [told[at] for at in rows],
        "marker": {"size": 9, "opacity": 0.85, "line": {"width": 0.5, "color": FAINT}, **marker},
        "hovertemplate": "%{text}<br>" + values + "<extra></extra>",
    }


def _coloured(xs: _Column, ys: _Column, by: _Column, rows: Sequence[int], told: Sequence[str]) -> list[dict[str, Any]]:
    if by.numeric:
        there = [at for at in rows if by.values[at] is not None]
        depths = [log10(by.values[at]) if by.log else by.values[at] for at in there]
        scale = {
            "color": depths,
            "colorscale": RAMP,
            "colorbar": colour_bar(f"{by.title} (log10)" if by.log else by.title),
        }
        absent = [at for at in rows if by.values[at] is None]
        traces = [{**_marks(xs, ys, there, told, **scale), "showlegend": False}] if there else []
        return traces + ([{**_marks(xs, ys, absent, told, color=FAINT), "name": f"no {by.title}"}] if absent else [])
    levels: dict[str, list[int]] = {}
    words = by.words
    for at in rows:
        levels.setdefault(words[at], []).append(at)
    return [
        {**_marks(xs, ys, own, told, color=COLOURS[n % 8], symbol=SYMBOLS[n % 8]), "name": level}
        for n, (level, own) in enumerate(levels.items())
    ]


def _dimension(column: _Column, rows: Sequence[int]) -> dict[str, Any]:
    """Return an axis of parallel coordinates: words stand in even steps, wide ranges by their powers of ten."""
    if not column.numeric:
        words = [_plain(column.values[at]) for at in rows]
        places = {level: n for n, level in enumerate(sorted(set(words)))}
        ticks = {"tickvals": list(places.values()), "ticktext": list(places)}
        return {"label": column.title, "values": [places[word] for word in words], **ticks}
    values = [column.values[at] for at in rows]
    if not column.log:
        return {"label": column.title, "values": values}
    powers = range(int(log10(min(values)) // 1), int(-(-log10(max(values)) // 1)) + 1)
    ticks = {"tickvals": list(powers), "ticktext": [f"{10.0**power:g}" for power in powers]}
    return {"label": column.title, "values": [log10(value) for value in values], **ticks}


def _importance_told(row: Importance, metric: str) -> str:
    best = row.bottom if direction(metric) == "min" else row.top
    where = "best at" if direction(metric) else "highest at"
    beyond = "beyond" if row.value > row.chance else "within"
    return (
        f"{row.value:.2f}, 90 % interval {row.low:.2f} to {row.high:.2f}<br>{where} {text(best, 40)}"
        f"<br>{beyond} what chance reaches ({row.chance:.2f}); {row.n} runs"
    )


def _importance_bars(rows: Sequence[Importance], labels: Sequence[str], told: Sequence[str]) -> dict[str, Any]:
    up, down = [row.high - row.value for row in rows], [row.value - row.low for row in rows]
    whiskers = {
        "type": "data",
        "symmetric": False,
        "array": up,
        "arrayminus": down,
        "color": "#757E89",
        "thickness": 1.5,
    }
    return {
        "type": "bar",
        "orientation": "h",
        "x": [row.value for row in rows],
        "y": labels,
        "error_x": whiskers,
        "marker": {"color": [COLOURS[5] if row.value > row.chance else FAINT for row in rows]},
        "text": told,
        "textposition": "none",
        "hovertemplate": "<b>%{y}</b><br>%{text}<extra></extra>",
        "showlegend": False,
    }


def _chance_marks(rows: Sequence[Importance], labels: Sequence[str]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [row.chance for row in rows],
        "y": labels,
        "name": f"what the strongest of {len(rows)} params reaches by chance (95 of 100)",
        "marker": {"symbol": "line-ns-open", "size": 16, "color": COLOURS[1], "line": {"width": 2}},
        "hoverinfo": "skip",
    }
