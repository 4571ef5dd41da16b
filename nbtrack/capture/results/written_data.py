"""Which dictionaries and lists that a cell writes out are data: what they map, hold or label is no setting of it."""

import re
from collections.abc import Collection
from typing import Any, Final

from nbtrack.capture.syntax.calls import is_metric_name
from nbtrack.capture.syntax.configs import is_config_name
from nbtrack.capture.syntax.syntax import LOOKED_UP

# Calls that take data, or the words for them, and no settings.
_TAKES_DATA: Final = frozenset(
    "map replace rename isin join Series DataFrame Index MultiIndex Categorical array asarray from_dict from_records "
    "plot scatter bar barh pie hist boxplot set_xticks set_yticks set_xticklabels set_yticklabels xticks yticks legend "
    "annotate text heatmap".split()
)
_PASSED_OVER: Final = frozenset({"zip", "enumerate", "iter", "reversed", "len", "print", "display"})
_LABELS: Final = re.compile(
    r"(?:.*_)?(?:labels?|colou?rs?|palette|(?:line_?)?styles?|markers?|names|titles?|legends?|ticks|headers?|emojis?)"
)


def is_data(name: str, value: Any, calls: Collection[str]) -> bool:
    """Tell whether a written dictionary or sequence is data, by its name and by the calls it was given to.

    Args:
        name: the variable.
        value: a dict, list or tuple.
        calls: the names of the calls that it was an argument of.

    >>> is_data("title_mapping", {"Mr": 1}, {"map"}), is_data("sizes", [784, 30, 10], {"Network"})
    (True, False)
    >>> is_data("colors", ["red", "blue"], {"zip"}), is_data("alphas", [0.1, 1.0], {"zip"})
    (True, False)
    >>> is_data("departments", {"cardio": "Cardiology"}, {"[]"}), is_data("rates", {"adam": 0.001}, {"[]"})
    (True, False)
    """
    if type(value) is dict and is_config_name(name):
        return False
    if LOOKED_UP in calls:  # words for other words
        if type(value) is dict and all(type(item) is str for item in value.values()):
            return True
        calls = [call for call in calls if call != LOOKED_UP]
    texts = type(value) is not dict and bool(value) and all(type(item) is str for item in value)
    if (texts or type(value) is dict) and _LABELS.fullmatch(name.lower()):
        return True
    used = {call for call in calls if call not in _PASSED_OVER}
    if texts and calls and not used:
        return True  # words that are only gone through
    return bool(used) and all(call in _TAKES_DATA or is_metric_name(call) for call in used)
