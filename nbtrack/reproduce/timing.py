"""Which metrics measure time: no two executions take equally long, so they are shown and not judged."""

import re
from itertools import pairwise
from typing import Final

_WORDS: Final = frozenset(
    "time times timing walltime elapsed duration durations latency runtime seconds second secs sec ms msec millis "
    "milliseconds microseconds usec nanoseconds ns minutes mins hours took throughput fps qps rps".split()
)
_PAIRS: Final = frozenset({("per", "second"), ("per", "sec"), ("per", "s"), ("it", "s"), ("its", "s")})
_UNIT_LAST: Final = frozenset({"s", "min", "h"})  # units that are other words elsewhere: ``loss_min`` is none
_TELLING: Final = frozenset("fit train training predict inference cpu gpu user sys wall epoch step batch load".split())
_NO_CLOCK: Final = frozenset(
    {
        *(
            "steps",
            "series",
            "to",
            "stamp",
            "zone",
            "lag",
            "index",
        ),  # ``time_series_mase``, ``time_steps``, ``time_to_event``
        *("n", "num", "number", "count", "points", "dependent", "auc", "concordance"),
        *("mae", "mse", "rmse", "rmsle", "mape", "medae", "error", "err", "r2", "bias", "residual", "accuracy", "corr"),
    }  # the last line: how well a duration was predicted
)
_CLOCK: Final = re.compile(r"\b(?:time\.time|perf_counter|monotonic|process_time|default_timer)(?:_ns)?\(")
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def measures_time(metric: str, source: str = "") -> bool:
    """Tell whether a metric says how long something took: by the words of its name, or because it reads a clock.

    Args:
        metric: its name.
        source: the code it came from, as the run's ``sources`` tell it.

    >>> [measures_time(name) for name in ("fit_time", "Elapsed (s)", "latency_ms", "samples_per_second", "train_s")]
    [True, True, True, True, True]
    >>> [measures_time(name) for name in ("accuracy", "rmse", "time_steps", "loss_min", "n_times", "sentiment")]
    [False, False, False, False, False, False]
    >>> measures_time("rmse_seconds"), measures_time("dt", "time.perf_counter() - start")
    (False, True)
    """
    if _CLOCK.search(source):
        return True
    words = [word.lower() for word in _WORD.findall(metric)]
    if _NO_CLOCK.intersection(words):
        return False
    told = _WORDS.intersection(words) or any(pair in _PAIRS for pair in pairwise(words))
    return bool(told) or (len(words) > 1 and words[-1] in _UNIT_LAST and bool(_TELLING.intersection(words[:-1])))
