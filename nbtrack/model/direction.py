"""Which way a metric is better, and whether it is one of training data, judged by the words of its name."""

import re
from functools import lru_cache
from itertools import pairwise
from typing import Final, Literal

from nbtrack.model.folds import FOLDS, SPREAD

Direction = Literal["max", "min"]

_LOWER = frozenset(
    "loss error err rmse mse mae mape smape medae msle rmsle logloss perplexity ppl wer cer brier deviance "
    "impurity inertia latency aic bic aicc hqic hinge nll divergence distance regret fpr fnr eer crps cost "
    "objective misclassified misclassification energy residual rss sse ssr fid rmspe mdae rae rse bce "
    "kl huber rmsse mase mpe wape drawdown".split(),
)
_HIGHER = frozenset(
    "accuracy acc auc auroc auprc f1 f05 fbeta precision prec recall score r2 rsquared map ndcg mrr bleu rouge iou "
    "dice jaccard kappa mcc corrcoef correlation gain tpr tnr sensitivity specificity silhouette homogeneity "
    "completeness likelihood throughput reward hit lift gini explained fitness elbo psnr ssim loglik llf lik pearson "
    "spearman corr ap sharpe sortino return acceptance ari nmi ami wilks concordance coverage "
    "rew".split(),
)
_SPLITS = re.compile(
    r"(?:train(?:ing)?|test|val(?:id)?|tr|te|tst|avg|mean|best)(?=(?:loss|acc|accuracy|auc|mse|rmse|mae|err|error|score)$)"
    r"|[tv](?=(?:loss|acc)$)|.+(?=(?<![fg])loss$)"
)
_TRAINED: Final = re.compile(r"(?:^|_)(?:train|training|trn)(?:_|\d|$)", re.IGNORECASE)
_HELD: Final = re.compile(r"test|val|dev|hold|eval|oof|cross|(?:^|_)cv|best_score", re.IGNORECASE)
_NAME: Final = re.compile(r"[^\W\d]\w*")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@lru_cache(maxsize=4096)  # every name in a cell is asked about, most of them several times
def direction(metric: str) -> Direction | None:
    """Return ``"max"`` or ``"min"`` for a metric's name, or None when its words do not tell.

    A word that means a cost wins over one that means a gain, because names such as
    ``mean_squared_error_score`` and ``log_loss`` are costs; ``neg_`` turns a cost into a gain, as in scikit-learn.
    How far folds lie apart, and the last of them, is neither.

    >>> direction("val_loss"), direction("accuracy_score"), direction("neg_log_loss"), direction("epoch")
    ('min', 'max', 'max', None)
    >>> [direction(name) for name in ("avg_vloss", "trainacc", "D_gloss", "lipgloss", "tap")]
    ['min', 'max', None, None, None]
    >>> [direction(name) for name in ("acc.mean", "acc.std", "acc.folds")]
    ['max', None, None]
    """
    if metric.endswith((SPREAD, FOLDS)):
        return None
    words = [_singular(word.lower()) for word in _WORD.findall(re.sub(r"([a-zA-Z])(?=\d)", r"\1", metric))]
    words = [word if word in _LOWER else _SPLITS.sub("", word, count=1) for word in words]  # ``vloss``, ``trainacc``
    joined = {a + b for a, b in pairwise(words)} | set(words)
    if joined & _LOWER:
        return "max" if "neg" in words else "min"
    return "max" if joined & _HIGHER else None


def is_of_training(*texts: str) -> bool:
    """Tell whether the names in texts - a metric, what it was computed of - speak of training data, and of no other.

    >>> [is_of_training(name) for name in ("train_loss", "loss/train", "val_loss", "loss", "constraint")]
    [True, True, False, False, False]
    """
    names = [name for text in texts for name in _NAME.findall(text)]
    return any(map(_TRAINED.search, names)) and not any(map(_HELD.search, names))


def _singular(word: str) -> str:
    """``errors``, ``losses`` and ``accuracies`` are several of one; ``loss`` and ``bias`` are not plurals."""
    for end, one in (("ies", "y"), ("es", ""), ("s", "")):
        if word.endswith(end) and word.removesuffix(end) + one in _LOWER | _HIGHER:
            return word.removesuffix(end) + one
    return word
