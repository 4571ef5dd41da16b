"""Which way a metric is better, judged by the words of its name."""

import re
from itertools import pairwise
from typing import Literal

Direction = Literal["max", "min"]

_LOWER = frozenset(
    "loss error err rmse mse mae mape smape medae msle rmsle logloss perplexity ppl wer cer brier deviance "
    "impurity inertia latency aic bic hinge nll divergence distance regret fpr fnr eer crps".split(),
)
_HIGHER = frozenset(
    "accuracy acc auc auroc auprc f1 fbeta precision recall score r2 rsquared map ndcg mrr bleu rouge iou dice "
    "jaccard kappa mcc corrcoef correlation gain tpr tnr sensitivity specificity silhouette homogeneity completeness "
    "likelihood throughput reward hits lift gini explained".split(),
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def direction(metric: str) -> Direction | None:
    """Return ``"max"`` or ``"min"`` for a metric's name, or None when its words do not tell.

    A word that means a cost wins over one that means a gain, because names such as
    ``mean_squared_error_score`` and ``log_loss`` are costs; ``neg_`` turns a cost into a gain, as in scikit-learn.

    >>> direction("val_loss"), direction("accuracy_score"), direction("neg_log_loss"), direction("epoch")
    ('min', 'max', 'max', None)
    """
    words = [_singular(word.lower()) for word in _WORD.findall(re.sub(r"([a-zA-Z])(?=\d)", r"\1", metric))]
    joined = {a + b for a, b in pairwise(words)} | set(words)
    if "neg" in joined:
        return "max"
    if joined & _LOWER:
        return "min"
    return "max" if joined & _HIGHER else None


def _singular(word: str) -> str:
    """``errors`` and ``hits`` count; ``loss`` and ``bias`` are not plurals."""
    return word[:-1] if word.endswith("s") and word[:-1] in _LOWER | _HIGHER else word
