"""What stands in the code of functions that are defined already, as far as names tell: none is called."""

from types import CodeType
from typing import Final

_DEEP: Final = 20  # deeper than people write


def names_in(code: CodeType, depth: int = _DEEP, *, keywords: bool = False) -> list[str]:
    """Return the names that a function's code reads or looks up, and those of functions inside it down to a depth.

    Args:
        code: the function's.
        depth: of functions inside functions.
        keywords: whether to tell the keywords of its calls, too.

    >>> def fit(x):
    ...     return Model(x, lr=0.1).train()
    >>> names_in(fit.__code__, 1), names_in(fit.__code__, 1, keywords=True)
    (['Model', 'train'], ['Model', 'train', 'lr'])
    """
    found = list(code.co_names)
    for constant in code.co_consts if depth else ():
        if type(constant) is CodeType:
            found += names_in(constant, depth - 1, keywords=keywords)
        elif keywords and type(constant) is tuple:
            found += [each for each in constant if type(each) is str]
    return found
