"""A comparison reads what it shows once: each run, each history, however much is tried until the output fits."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import overload

from nbtrack.model.run import History, Run
from nbtrack.view.comparison import comparison_html
from nbtrack.view.payload import INLINE, Packing


class Read(Sequence[Run]):
    """Runs that count how often each is read."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self._runs = runs
        self.counts: Counter[str] = Counter()

    @overload
    def __getitem__(self, index: int) -> Run: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Run]: ...
    def __getitem__(self, index: int | slice) -> Run | Sequence[Run]:
        if isinstance(index, slice):
            return [self[at] for at in range(len(self))[index]]
        self.counts[self._runs[index].id] += 1
        return self._runs[index]

    def __iter__(self) -> Iterator[Run]:
        return (self[at] for at in range(len(self)))

    def __len__(self) -> int:
        return len(self._runs)


def test_each_run_is_read_once(study: Callable[[int], list[Run]]) -> None:
    runs = Read(study(30))
    comparison_html(runs)
    assert set(runs.counts.values()) == {1}


def test_each_history_is_read_once_whatever_room_is_tried(study: Callable[[int], list[Run]]) -> None:
    counts: Counter[tuple[str, str]] = Counter()

    def counted(run: Run) -> Run:
        def points(run_id: str, metric: str) -> History:
            counts[run_id, metric] += 1
            return run.history(metric)

        return replace(run, _points=points)

    packing = Packing([counted(run) for run in study(30)], "", replace(INLINE, least=1000))
    payloads = [packing.payload(room) for room in (200_000, 10)]
    assert set(counts.values()) == {1}
    assert len(str(payloads[1]["curves"])) < len(str(payloads[0]["curves"]))
    assert payloads[0]["columns"] is payloads[1]["columns"]
