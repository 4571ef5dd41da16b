"""What some runs showed, in plain language: what was tried, what won, how certain that is, and what is not known.

Every sentence is one that the records bear out. Where they do not say - how many seeds, how many test rows, whether
anybody ran it again - a sentence says that they do not.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from nbtrack.model.run import Run
from nbtrack.report.parts import Sentence
from nbtrack.report.telling.certainty import certainty
from nbtrack.report.telling.datasets import TOLD, by_data, named, told_apart
from nbtrack.report.telling.doubts import doubts
from nbtrack.report.telling.gaps import gaps, picked
from nbtrack.report.telling.study import Study
from nbtrack.report.telling.tried import tried
from nbtrack.report.telling.won import ranked_by, won, won_here


def summarize(runs: Sequence[Run], metric: str | None = None) -> tuple[Sentence, ...]:
    """Return what the runs showed, sentence by sentence; nothing but the runs themselves is read.

    Args:
        runs: any number of them, in any order.
        metric: by which they are ranked; by default the one that comparisons choose.

    Raises:
        MetricNotFound: ``metric`` was named, and no run has it.

    >>> import nbtrack
    >>> store = nbtrack.MemoryStore()
    >>> for lr, f1 in ((0.1, 0.81), (0.01, 0.84)):
    ...     with nbtrack.start_run(f"lr {lr}", store=store, params={"lr": lr}) as opened:
    ...         opened.log(f1=f1)
    >>> said = summarize(nbtrack.runs(store=store))
    >>> [sentence.text for sentence in said if sentence.kind == "tried"][1]
    'Varied: lr 0.01 and 0.1.'
    """
    study = Study.of(list(runs), metric)
    parts = by_data(study)
    if parts:
        return (*tried(study), *_each(study, dict(islice(parts.items(), TOLD)), parts))
    return (*tried(study), *won(study), *certainty(study), *doubts(study), *picked(study), *gaps(study))


def _each(study: Study, told: Mapping[str, Study], parts: Mapping[str, Study]) -> Iterator[Sentence]:
    """Yield what runs on several sets of data showed, of each set by itself."""
    yield from told_apart(study, parts)
    yield ranked_by(study)
    yield from _of_each(told, won_here)
    yield from _of_each(told, certainty)
    yield from doubts(study)
    yield from gaps(study)
    yield from _of_each(told, picked)


def _of_each(parts: Mapping[str, Study], tell: Callable[[Study], Iterable[Sentence]]) -> Iterator[Sentence]:
    for name, study in parts.items():
        yield from named(name, tell(study))
