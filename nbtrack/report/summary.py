"""What some runs showed, in plain language: what was tried, what won, how certain that is, and what is not known.

Every sentence is one that the records bear out. Where they do not say - how many seeds, how many test rows, whether
anybody ran it again - a sentence says that they do not.
"""

from collections.abc import Sequence

from nbtrack.model.run import Run
from nbtrack.report.parts import Sentence
from nbtrack.report.telling.certainty import certainty
from nbtrack.report.telling.doubts import doubts
from nbtrack.report.telling.gaps import gaps
from nbtrack.report.telling.study import Study
from nbtrack.report.telling.tried import tried
from nbtrack.report.telling.won import won


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
    return (*tried(study), *won(study), *certainty(study), *doubts(study), *gaps(study))
