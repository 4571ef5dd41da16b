"""Runs that read each of their series once: the digest, the summary and the charts of a report all need them."""

from typing import Final

from nbtrack.model.run import History, Run

_LONGEST: Final = 20_000  # points of a series that is remembered: of a few long ones, reading again costs less


def remembering(run: Run) -> Run:
    """Return ``run`` so that the points of its metrics are read from the store once.

    >>> import nbtrack
    >>> store = nbtrack.MemoryStore()
    >>> with nbtrack.start_run("example", store=store) as opened:
    ...     opened.log(step=0, loss=0.9)
    >>> run = remembering(nbtrack.run(opened.id, store=store))
    >>> run.history("loss") is run.history("loss")
    True
    """
    known: dict[str, History] = {}

    def points(_: str, metric: str) -> History:
        found = known.get(metric)
        if found is None:
            found = run.history(metric)
            if len(found.values) <= _LONGEST:
                known[metric] = found
        return found

    return Run.from_document(run.document, points, run._kept)  # noqa: SLF001 - the same run, with a memory
