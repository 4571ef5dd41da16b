"""What a person asks of a report: how it is called, what stands in it, and what must not."""

from dataclasses import dataclass
from typing import Final, Literal

from nbtrack.report.parts import Note

Plotly = Literal["inline", "none"]
LEAST_SHOWN, MOST_SHOWN, LESS_PER_RUN = 1_000_000, 5_000_000, 40_000
"""Bytes of figures, tables and texts in one report: the more runs the less, so that 100 runs stay below 3 MB."""
WHOLE_PAGES: Final = 200


@dataclass(frozen=True, slots=True)
class Options:
    """How a report is made.

    ``template`` is ``"full"``, ``"brief"``, or a whole Markdown text with places such as ``{{ summary }}``. ``diffs``
    are pairs of run ids (old, new); where empty, the best run stands against the runner-up and the baseline. ``named``
    are the ids the author named, ``question`` the words that chose the runs. ``shown_bytes`` bounds what the cells'
    outputs may take in the file (None: the more runs, the less), ``whole_pages`` how many runs are told of at length.
    """

    title: str = ""  # a title is found where there is none: the experiment, the notebook
    notes: tuple[Note, ...] = ()
    template: str = "full"
    anonymous: bool = False
    source: bool = True
    plotly: Plotly = "inline"
    diffs: tuple[tuple[str, str], ...] = ()
    metric: str | None = None
    named: tuple[str, ...] = ()
    question: str = ""
    shown_bytes: int | None = None
    whole_pages: int = WHOLE_PAGES

    def room(self, runs: int) -> int:
        """Return how many bytes the outputs of so many runs may take in the file.

        >>> Options().room(1), Options().room(100), Options(shown_bytes=0).room(1)
        (4960000, 1000000, 0)
        """
        return max(LEAST_SHOWN, MOST_SHOWN - LESS_PER_RUN * runs) if self.shown_bytes is None else self.shown_bytes
