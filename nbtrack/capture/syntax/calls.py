"""Which calls of a cell are worth watching: metric functions however imported, ``.score(...)``, and ``.fit(...)``."""

import ast
import re
import sys
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from nbtrack.capture.syntax.syntax import last_name
from nbtrack.capture.syntax.walking import every_node, of_kind
from nbtrack.model.direction import direction
from nbtrack.record.unasked import derives, library_base, module_name

# The scalar scores of scikit-learn's public sklearn.metrics (1.9), by name: known even where the import cannot be seen;
# and how well an embedding, a graph's communities and a restored image are, as sklearn.manifold, networkx and
# scikit-image call it.
_METRICS = frozenset(
    "accuracy_score adjusted_mutual_info_score adjusted_rand_score auc average_precision_score "
    "balanced_accuracy_score brier_score_loss calinski_harabasz_score classification_report cohen_kappa_score "
    "completeness_score consensus_score coverage_error d2_absolute_error_score d2_brier_score d2_log_loss_score "
    "d2_pinball_score d2_tweedie_score davies_bouldin_score dcg_score explained_variance_score f1_score fbeta_score "
    "fowlkes_mallows_score hamming_loss hinge_loss homogeneity_score jaccard_score log_loss "
    "label_ranking_average_precision_score label_ranking_loss matthews_corrcoef max_error mean_absolute_error "
    "mean_absolute_percentage_error mean_gamma_deviance mean_pinball_loss mean_poisson_deviance mean_squared_error "
    "mean_squared_log_error mean_tweedie_deviance median_absolute_error mutual_info_score ndcg_score "
    "normalized_mutual_info_score precision_score r2_score rand_score recall_score roc_auc_score "
    "root_mean_squared_error root_mean_squared_log_error silhouette_score top_k_accuracy_score v_measure_score "
    "zero_one_loss trustworthiness modularity peak_signal_noise_ratio structural_similarity normalized_root_mse".split()
)
# Functions of other libraries that return scores: known by these names alone.
_SCORES = frozenset(
    "cross_val_score cross_validate concordance_index linregress shapiro jarque_bera adfuller kpss ttest_ind ttest_rel "
    "ttest_1samp mannwhitneyu wilcoxon kruskal f_oneway chi2_contingency chisquare ks_2samp kstest fisher_exact "
    "friedmanchisquare levene bartlett normaltest anderson_ksamp proportions_ztest proportions_chisquare ztest "
    "het_breuschpagan het_white het_goldfeldquandt omni_normtest linear_harvey_collier acorr_breusch_godfrey "
    "durbin_watson learning_curve validation_curve permutation_test_score logrank_test multivariate_logrank_test "
    "proportional_hazard_test binomtest brunnermunzel fligner cramervonmises cramervonmises_2samp ks_1samp "
    "ttest_ind_from_stats power_divergence skewtest kurtosistest boschloo_exact barnard_exact anderson "
    "multipletests fdrcorrection anova_lm pairwise_tukeyhsd tukeyhsd acorr_ljungbox "
    "f_test t_test wald_test compare_f_test compare_lr_test compare_lm_test".split()
)
# How well two columns agree: a score when one of them was predicted, a figure about data otherwise.
AGREEMENTS = frozenset({"pearsonr", "spearmanr", "kendalltau"})
_OF_MODELS = ("cross", "concordance", "learning", "validation", "permutation")
TESTS = AGREEMENTS | {name for name in _SCORES if not name.startswith(_OF_MODELS)}
_METHODS = frozenset({"score", "evaluate"})
# Functions and methods that ask a model, and those of the notebook's own that train or judge.
_ASKED = frozenset(
    "predict predict_proba predict_log_proba decision_function score evaluate forecast get_forecast get_prediction "
    "backward score_samples fit_predict transform_and_score cross_val_score cross_validate cross_val_predict "
    "learning_curve validation_curve permutation_importance compute train cv curve_fit".split()
)
_HELPERS = re.compile(
    r"(?:train(?!_test_split)|evaluate|eval|fit|score|backtest|simulate|run_experiment|experiment|objective|cross_val"
    r"|gradient_?[dD]escent|walk_?forward|time_?series_cv"
    r"|run_(?:\w+_)?(?:agent|episode|trial|simulation|benchmark|eval|evaluation|ablation|sweep|cv|fold)s?(?:_|$))"
)
_EVALUATORS = re.compile(r"(?:evaluate|backtest|cross_val|walk_?forward)_")  # methods of the notebook's own, too
_LOSSES = re.compile(r"(?:.*_)?(?:criterion|loss|loss_fn|loss_function|cost|objective|cross_entropy|mse_loss|l1_loss)")
_TRAINERS = frozenset({"lightning", "pytorch_lightning", "transformers"})
_FITS = frozenset({"fit", "partial_fit", "fit_transform", "fit_predict", "fit_generator", "fit_one_cycle", "fine_tune"})
MINIMISES = frozenset({"minimize", "minimize_scalar", "differential_evolution", "basinhopping", "dual_annealing"})
_TRAINS = frozenset({"train", "cv", "auto_arima"})  # of xgboost, lightgbm, catboost, pmdarima and trainers
_ASKING = frozenset("predict predict_proba forward backward simulate random rng default_rng choice shuffle".split())
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")  # of ``getAccuracy``
_FIT_WORDS = re.compile(rf"\b(?:{'|'.join(sorted(_FITS | MINIMISES | _TRAINS))})\s*\(")
# An explicit log already says what its numbers are; watching the calls inside it would record them twice.
_LOGS = frozenset({"log", "log_metric", "log_metrics", "log_params", "log_param"})
_MATHEMATICS = frozenset({"np", "numpy", "math", "cmath", "torch", "jnp", "tf", "mpmath", "sp"})
_EVALUATED = frozenset(
    "accuracy acc auc auroc rmse mse mae mape smape mase rmsle logloss f1 r2 psnr ssim iou dice jaccard ndcg mrr "
    "recall precision bleu rouge wer cer kappa mcc perplexity sensitivity specificity rsquared sharpe "
    "cagr sortino calmar drawdown".split()
)
_IN_TWO_WORDS = frozenset({"hit_rate", "hit_ratio", "reciprocal_rank"})
_AMONG = re.compile(r"_at_(?:k|n|\d+)$")  # ``recall_at_k``: among how many
# A call that may score by its name alone: in full, by its last word, or as an object of metrics is asked.
_SCORE_WORDS = re.compile(
    rf"(?:\b(?:{'|'.join(sorted(_METRICS | _SCORES | _METHODS | {'compute', 'result', 'confusion_matrix'}))})"
    rf"|(?:\b|_|[a-z](?=[A-Z]))(?i:{'|'.join(sorted(_EVALUATED | _IN_TWO_WORDS))})(?:_at_(?:k|n|\d+))?)\s*\("
)
_CALLED = re.compile(r"\b([^\W\d]\w*+)\s*+\(")  # what stands before a bracket: few words of a long cell
_HOMES = re.compile(
    r"sklearn\.metrics|torchmetrics|torcheval\.metrics|tensorflow\.keras\.metrics|keras\.(?:src\.)?metrics"
)
_ERRORS = frozenset({"MSE", "RMSE", "MAE", "MAPE", "RMSLE", "CAGR"})  # no class is called so
_FIRST = frozenset({"f1", "F1"})
_OBJECTS = re.compile(r"(?:torchmetrics|torcheval\.metrics)(?:\.(?!functional)|$)")
_IMPORTED = re.compile(
    r"sklearn\.metrics|torchmetrics\.functional|torcheval\.metrics\.functional|keras\.metrics|tensorflow\.keras\.metrics"
)


class Watched:
    """Decides for the calls of one cell.

    Args:
        tree: the cell, for what it imports.
        namespace: the user's variables, to see what names stand for; only looked up, never called.
        patterns: names of the user's own metric functions, as shell patterns: ``*_auc``.
    """

    def __init__(self, tree: ast.AST, namespace: Mapping[str, Any], patterns: Sequence[str] = ()) -> None:
        self._namespace = namespace
        self._patterns = patterns
        self._imported = imported_metrics(tree)
        self._made = _made_objects(tree)
        self._tree = tree

    def is_metric(self, call: ast.Call) -> bool:
        """Tell whether a call computes a metric: by name, by what the name stands for, by the person's own patterns."""
        name = last_name(call.func)
        if name is None:
            return False
        if self._patterns and any(fnmatchcase(name, pattern) for pattern in self._patterns):
            return True
        if name in _FIRST and (is_first_function(call) or self._is_numbered(name)):
            return False
        if isinstance(call.func, ast.Attribute):
            return name in _METHODS or name in _METRICS or name in _SCORES or self._computes(call.func)
        known = name in _METRICS or name in _SCORES or name in self._imported or is_score_function(name)
        return known or _stands_for_metric(self._namespace.get(name)) or self._is_object(name)

    def _is_numbered(self, name: str) -> bool:
        """Tell whether ``f1`` is one of some functions: there is an ``f2``, or another function is handed it."""
        other = name.replace("1", "2")
        if type(self._namespace.get(other)) is FunctionType:
            return True
        nodes = every_node(self._tree)
        handed = any(node.arg == name for node in of_kind(nodes, ast.arg))
        return handed or any(node.name == other for node in of_kind(nodes, ast.FunctionDef))

    def _computes(self, function: ast.Attribute) -> bool:
        """``accuracy.compute()`` of a torchmetrics object; a dask collection computes something else."""
        if function.attr not in {"compute", "result"}:
            module = function.value.id if isinstance(function.value, ast.Name) else ""
            return _is_home(self._namespace.get(module)) and function.attr[:1].islower()
        return isinstance(function.value, ast.Name) and (
            self._is_object(function.value.id) or "metric" in function.value.id or is_metric_word(function.value.id)
        )

    def _is_object(self, name: str) -> bool:
        """Tell whether a name holds a metric object of torchmetrics or keras, or is about to."""
        if name in self._made:
            return True
        value = self._namespace.get(name)
        return value is not None and type(value) is not type and _HOMES.match(module_name(type(value))) is not None


@lru_cache(1024)
def is_score_function(name: str) -> bool:
    """Tell whether a function's name says that it evaluates: ``rmse``, ``compute_auc``, ``psnr``; a loss is minimised.

    >>> [is_score_function(name) for name in ("rmse", "compute_auc", "cross_entropy_loss", "fit_rmse_model", "Recall")]
    [True, True, False, False, False]
    >>> [is_score_function(name) for name in ("evalMSE", "getAccuracy", "plotAccuracy", "F1")]
    [True, True, False, False]
    >>> [is_score_function(name) for name in ("recall_at_k", "ndcg_at_10", "hit_rate", "look_at_k")]
    [True, True, True, False]
    """
    words = _AMONG.sub("", _HUMP.sub("_", name).lower()).split("_")
    judges = words[-1] in _EVALUATED or "_".join(words[-2:]) in _IN_TWO_WORDS
    named = name[:1].islower() or name in _ERRORS
    return judges and words[0] not in {"plot", "draw", "fit"} and named and len(words) <= 4


def is_ranked(call: ast.Call) -> bool:
    """Tell whether a call scores what was found for one question: ``recall_at_k(found, real, k)``."""
    return _AMONG.search(last_name(call.func) or "") is not None


def is_first_function(call: ast.Call) -> bool:
    """Tell whether a call of ``f1`` asks the first of some functions: as a score it would compare two things.

    >>> [is_first_function(ast.parse(text, mode="eval").body) for text in ("f1(x)", "f1(y, p)", "rmse(errors)")]
    [True, False, False]
    """
    return last_name(call.func) in _FIRST and len(call.args) + len(call.keywords) < 2


def asks_score(call: ast.Call) -> bool:
    """Tell whether a call asks an object for a score by a method of that name: ``tagger.accuracy(sentences)``.

    >>> texts = ("tagger.accuracy(test)", "net.get_perplexity(X)", "self.accuracy(X)", "np.recall(x)", "m.accuracy()")
    >>> [asks_score(ast.parse(text, mode="eval").body) for text in texts]
    [True, True, False, False, False]
    """
    match call:
        case ast.Call(func=ast.Attribute(value=receiver, attr=name), args=[_, *_]) if is_score_function(name):
            while isinstance(receiver, ast.Attribute):
                receiver = receiver.value
            return not (isinstance(receiver, ast.Name) and receiver.id in _MATHEMATICS | {"self", "cls"})
    return False


def evaluates(name: str) -> bool:
    """Tell whether a word of a function's name is a score: ``rmsle_cv``."""
    return name.islower() and not _EVALUATED.isdisjoint(name.split("_"))


@lru_cache(1024)
def helps(name: str) -> bool:
    """Tell whether a function of this name trains or judges."""
    return _HELPERS.match(name) is not None or evaluates(name)


@lru_cache(1024)
def asks_or_judges(name: str) -> bool:
    """Tell whether a call of this name asks a model, judges, or is a method of the notebook's own that does."""
    return _EVALUATORS.match(name) is not None or is_asked(name)


def is_asked(name: str) -> bool:
    """Tell whether a call of this name asks a model for something, or judges what it gave."""
    if name in _ASKED or name.startswith("predict_") or is_metric_name(name):
        return True
    return _LOSSES.fullmatch(name) is not None


def is_metric_word(name: str) -> bool:
    """Tell whether a name says that it holds a metric: ``val_acc``."""
    return direction(name) is not None


def is_fit(call: ast.Call) -> bool:
    """Tell whether a call fits an estimator, trains a model or minimises a function."""
    match call.func:
        case ast.Name(id=name):
            return name in MINIMISES
        case ast.Attribute(attr=name):
            return name in MINIMISES or name in _FITS or (name in _TRAINS and bool(call.args or call.keywords))
    return False


def mentions_fit(source: str) -> bool:
    """Tell whether there may be a call in a source for which ``is_fit`` is true, without parsing it."""
    return _FIT_WORDS.search(source) is not None


def mentions_score(source: str) -> bool:
    """Tell whether there may be a call in a source that scores by its name alone, without parsing it."""
    return any(_SCORE_WORDS.search(f"{called}(") for called in set(_CALLED.findall(source)))


def tells_several(callee: str) -> bool:
    """Tell whether what a call of this name returns is many numbers: folds, a report, a statistic and its p-value."""
    return callee in _SCORES or callee == "classification_report"


def is_training(call: ast.Call) -> bool:
    """Tell whether a call fits a model, not only prepares data as ``fit_transform`` does."""
    return is_fit(call) and last_name(call.func) != "fit_transform"


def is_trainer(value: object) -> bool:
    """Tell whether a value is a trainer of Lightning or transformers: what its methods return is told by these."""
    return library_base(type(value), {"Trainer"}, _TRAINERS) is not None


def is_lightning_module(base: ast.expr, namespace: Mapping[str, Any]) -> bool:
    """Tell whether a base of a class is Lightning's module: by its name, or by what the name stands for."""
    kind = namespace.get(base.id) if isinstance(base, ast.Name) else None
    known = derives(type(kind), type) and library_base(kind, {"LightningModule"}, _TRAINERS) is not None  # type: ignore[arg-type]  # a class
    return known or last_name(base) == "LightningModule"


def does_more_than_compute(name: str) -> bool:
    """Tell whether a name that code uses is one of learning, scoring, predicting, solving or drawing at random."""
    known = _METRICS | _SCORES | _METHODS | _FITS | MINIMISES | _TRAINS | _ASKING
    return name in known or is_score_function(name)


def is_log(call: ast.Call) -> bool:
    """Tell whether a call logs explicitly; ``np.log`` is a logarithm."""
    match call.func:
        case ast.Attribute(value=ast.Name(id=receiver)) if receiver in _MATHEMATICS:
            return False
    return last_name(call.func) in _LOGS


def imported_metrics(tree: ast.AST) -> frozenset[str]:
    """Return the names a cell gives to metric functions where it imports them."""
    return frozenset(
        alias.asname or alias.name
        for node in of_kind(every_node(tree), ast.ImportFrom)
        if _IMPORTED.match(node.module or "")
        for alias in node.names
        if alias.name in _METRICS or ("functional" in (node.module or "") and alias.name[:1].islower())
    )


def _made_objects(tree: ast.AST) -> frozenset[str]:
    """Return the names to which a cell binds metric objects whose classes it imports: ``f1 = MulticlassF1Score(5)``."""
    nodes = every_node(tree)
    classes, modules = set[str](), set[str]()
    for node in of_kind(nodes, ast.ImportFrom):
        if _OBJECTS.match(node.module or ""):
            classes.update(alias.asname or alias.name for alias in node.names if alias.name[:1].isupper())
    for each in of_kind(nodes, ast.Import):
        modules.update(alias.asname or alias.name for alias in each.names if _OBJECTS.match(alias.name))
    found = set[str]()
    for statement in of_kind(nodes, ast.Assign) if classes or modules else ():
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=made)):
                home = ast.unparse(made).rpartition(".")[0]
                if last_name(made) in classes or any(home == each or home.startswith(f"{each}.") for each in modules):
                    found.add(name)
    return frozenset(found)


def is_metric_function(value: object) -> bool:
    """Tell whether a value is a function that scores, by where it comes from or what it is called."""
    name = value.__name__ if type(value) is FunctionType else ""
    return name in _METRICS or is_score_function(name) or _stands_for_metric(value)


def _stands_for_metric(value: object) -> bool:
    """Only plain functions are asked for their module: attributes of other objects may run user code."""
    if type(value) not in {FunctionType, BuiltinFunctionType}:
        return False
    module, name = getattr(value, "__module__", None) or "", getattr(value, "__name__", "")
    return (module.startswith("sklearn.metrics") and name in _METRICS) or module.startswith(
        ("torchmetrics.functional", "torcheval.metrics.functional")
    )


def _is_home(value: object) -> bool:
    """Tell whether a value is a module of metric functions, however it is called here."""
    return type(value) is ModuleType and value.__name__.startswith(("torchmetrics.functional", "torcheval.metrics.fun"))


def is_metric_name(name: str) -> bool:
    """Tell whether ``name`` is one of scikit-learn's metric functions."""
    return name in _METRICS


def may_be_compiled(tree: ast.Module) -> bool:
    """Tell whether torch may read this code."""
    if "torch" in sys.modules:
        return True
    nodes = every_node(tree)
    imported = {alias.name for node in of_kind(nodes, ast.Import) for alias in node.names}
    imported.update([node.module or "" for node in of_kind(nodes, ast.ImportFrom)])
    return any(each.partition(".")[0] == "torch" for each in imported)
