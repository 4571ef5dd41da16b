"""Which metrics stand behind others: the folds of a cross-validation, and how far they lie apart, behind their mean."""

from collections.abc import Collection

SPREAD, FOLDS = ".std", ".folds"
_MEAN = ".mean"


def means(metrics: Collection[str]) -> dict[str, str]:
    """Return the metrics that are means over folds, each with what its ``.std`` and ``.folds`` are called after.

    >>> means(["acc", "acc.std", "acc.folds", "svm.mean", "svm.std", "svm.folds", "loss"])
    {'acc': 'acc', 'svm.mean': 'svm'}
    """
    folded = {name.removesuffix(FOLDS) for name in metrics if name.endswith(FOLDS)}
    if not folded:
        return {}
    there = frozenset(metrics)
    called = ((name, name.removesuffix(_MEAN)) for name in metrics)
    return {name: own for name, own in called if own in folded and own + SPREAD in there}


def behind(metrics: Collection[str]) -> frozenset[str]:
    """Return the metrics that say more of others, and nothing alone.

    >>> sorted(behind(["acc", "acc.std", "acc.folds", "loss.std"]))
    ['acc.folds', 'acc.std']
    """
    return frozenset(own + end for own in means(metrics).values() for end in (SPREAD, FOLDS))


def results_first(metrics: Collection[str]) -> list[str]:
    """Return metrics in their order, but those behind others at the end.

    >>> results_first(["svm.folds", "svm.mean", "svm.std", "loss"])
    ['svm.mean', 'loss', 'svm.folds', 'svm.std']
    """
    aside = behind(metrics)
    return sorted(metrics, key=lambda name: name in aside)
