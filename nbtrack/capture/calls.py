"""Which calls of a cell are worth watching: metric functions however imported, ``.score(...)``, and ``.fit(...)``."""

import ast
from collections.abc import Mapping
from types import BuiltinFunctionType, FunctionType
from typing import Any

from nbtrack.capture.syntax import last_name

# The scalar scores of scikit-learn's public sklearn.metrics (1.9), by name: known even where the import cannot be seen.
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
    "zero_one_loss".split()
)
_FITS = frozenset({"fit", "partial_fit", "fit_transform", "fit_predict"})
# An explicit log already says what its numbers are; watching the calls inside it would record them twice.
_LOGS = frozenset({"log", "log_metric", "log_metrics", "log_params", "log_param"})
_MATHEMATICS = frozenset({"np", "numpy", "math", "cmath", "torch", "jnp", "tf", "mpmath", "sp"})


def is_metric(call: ast.Call, imported: frozenset[str], namespace: Mapping[str, Any]) -> bool:
    """Tell whether a call computes a metric: by name, by what the name stands for, or by ``.score``."""
    match call.func:
        case ast.Attribute(attr="score"):
            return True
        case ast.Attribute(attr=name):
            return name in _METRICS
        case ast.Name(id=name):
            return name in _METRICS or name in imported or _stands_for_metric(namespace.get(name))
    return False


def is_fit(call: ast.Call) -> bool:
    """Tell whether a call fits an estimator."""
    return isinstance(call.func, ast.Attribute) and call.func.attr in _FITS


def is_log(call: ast.Call) -> bool:
    """Tell whether a call logs explicitly; ``np.log`` is a logarithm."""
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    if isinstance(receiver, ast.Name) and receiver.id in _MATHEMATICS:
        return False
    return last_name(call.func) in _LOGS


def imported_metrics(tree: ast.Module) -> frozenset[str]:
    """Return the names a cell gives to functions of ``sklearn.metrics`` where it imports them."""
    return frozenset(
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sklearn.metrics")
        for alias in node.names
        if alias.name in _METRICS
    )


def _stands_for_metric(value: object) -> bool:
    """Only plain functions are asked for their module: attributes of other objects may run user code."""
    return (
        type(value) in {FunctionType, BuiltinFunctionType}
        and (getattr(value, "__module__", None) or "").startswith("sklearn.metrics")
        and getattr(value, "__name__", "") in _METRICS
    )


def is_metric_name(name: str) -> bool:
    """Tell whether ``name`` is one of scikit-learn's metric functions."""
    return name in _METRICS
