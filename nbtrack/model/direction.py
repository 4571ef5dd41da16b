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
    "completeness likelihood throughput reward hit lift gini explained fitness elbo psnr ssim llf lik pearson "
    "loglik loglike loglikelihood "
    "spearman corr ap sharpe sortino return acceptance ari nmi ami wilks concordance coverage "
    "rew qini auuc modularity trustworthiness cophenetic "
    "wins successrate winrate passrate exactmatch reciprocalrank".split(),  # in two words
)
# The same words where a name is not written in English; parts of words, as some languages set no spaces.
_ELSEWHERE: Final = {
    other: word
    for word, others in {
        "accuracy": "准确率 准确度 準確率 準確度 正确率 正確率 正解率 精度 정확도 точност acurácia exatidão",
        "precision": "精确率 精確率 查准率 適合率 정밀도 precisão precisión précision",
        "recall": "召回率 查全率 再現率 재현율 полнот",
        "loss": "损失 損失 손실 потер pérdida",
        "error": "误差 誤差 错误率 錯誤率 오차 ошибк",
        "score": "得分 评分 評分 分数 分數 スコア 점수 оценк pontuação puntuación",
        "reward": "奖励 獎勵 報酬 보상 наград",
        "fitness": "适应度 適應度 適応度",
        "hit": "命中率",
        "perplexity": "困惑度",
    }.items()
    for other in others.split()
}
_TRANSLATED: Final = re.compile("|".join(_ELSEWHERE), re.IGNORECASE)
# Those that are written in plain letters, where they end a word: ``perda_teste``, ``Testgenauigkeit``.
_PLAINLY: Final = {
    other: word
    for word, others in {
        "accuracy": "exactitud exactitude acuracia accuratezza genauigkeit akurasi",
        "precision": "precisao precisione",
        "recall": "rappel revocacao",
        "sensitivity": "sensibilidad sensibilidade",
        "specificity": "especificidad especificidade",
        "loss": "perdida perda perte verlust",
        "error": "erro erreur errore errori fehler",
        "score": "puntaje puntuacion pontuacao punteggio",
        "reward": "recompensa belohnung ricompensa",
        "hit": "acierto acerto",
    }.items()
    for one in others.split()
    for other in (one, f"{one}s")
}
_JOINED: Final = ("genauigkeit", "verlust", "fehler")  # German sets no spaces
_ENDING: Final = re.compile(
    f"(?:(?<![A-Za-z])(?:{'|'.join(each for each in _PLAINLY if each not in _JOINED)})|{'|'.join(_JOINED)})"
    r"(?![A-Za-z])",
    re.IGNORECASE,
)
_SPLITS = re.compile(
    r"(?:train(?:ing)?|test|val(?:id)?|tr|te|tst|avg|mean|best)(?=(?:loss|acc|accuracy|auc|mse|rmse|mae|err|error|score)$)"
    r"|[tv](?=(?:loss|acc)$)|.+(?=(?<![fg])loss$)"
)
_TRAINED: Final = re.compile(r"(?:^|_)(?:train|training|trn)(?:_|\d|$)", re.IGNORECASE)
_HELD: Final = re.compile(r"test|val|dev|hold|eval|oof|cross|(?:^|_)cv|best_score", re.IGNORECASE)
_LONGEST: Final = 512  # characters of what is a name
_NAME: Final = re.compile(r"[^\W\d]\w*")
_PLAIN: Final = re.compile(r"[a-z]+")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


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
    >>> [direction(name) for name in ("验证集准确率", "val 損失", "Acurácia", "学习率", "perda_teste", "erroneo")]
    ['max', 'min', 'max', None, 'min', None]
    """
    # a longer one is a text, or a sequence of genes: what it takes grows with the square of a word
    return _direction(metric) if len(metric) <= _LONGEST else None


@lru_cache(maxsize=4096)  # every name in a cell is asked about, most of them several times
def _direction(metric: str) -> Direction | None:
    if metric.endswith((SPREAD, FOLDS)):
        return None
    metric = in_english(metric)
    words = [_singular(word.lower()) for word in _WORD.findall(re.sub(r"([a-zA-Z])(?=\d)", r"\1", metric))]
    words = [word if word in _LOWER else _SPLITS.sub("", word, count=1) for word in words]  # ``vloss``, ``trainacc``
    joined = {a + b for a, b in pairwise(words)} | set(words)
    if joined & _LOWER:
        return "max" if "neg" in words else "min"
    return "max" if joined & _HIGHER else None


@lru_cache(maxsize=4096)
def in_english(name: str) -> str:
    """Return a name with the words for scores and costs in some other languages as English ones.

    >>> in_english("测试集准确率"), in_english("Testgenauigkeit"), in_english("erro_medio"), in_english("test_accuracy")
    ('测试集 accuracy ', 'Test accuracy ', ' error _medio', 'test_accuracy')
    """
    if not name.isascii():
        name = _TRANSLATED.sub(lambda found: f" {_ELSEWHERE[found[0].lower()]} ", name)
    plain = name.lower()
    if _PLAINLY.keys().isdisjoint(_PLAIN.findall(plain)) and not any(each in plain for each in _JOINED):
        return name  # nearly always, and told ten times as fast
    return _ENDING.sub(lambda found: f" {_PLAINLY[found[0].lower()]} ", name)


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
