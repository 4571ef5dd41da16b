"""Whether what prepares the data is stored with the model: a scaler that is lost makes its weights worthless."""

import ast
from collections.abc import Iterator, Mapping
from typing import Any, Final

from nbtrack.query.checklist.known import Known, some
from nbtrack.query.checklist.row import FAIL, PASS, UNKNOWN, Finding
from nbtrack.query.checklist.sources import Sources, Use, dotted

_TRANSFORMERS: Final = frozenset(
    "StandardScaler MinMaxScaler RobustScaler MaxAbsScaler Normalizer QuantileTransformer PowerTransformer Binarizer "
    "KBinsDiscretizer PolynomialFeatures SplineTransformer OneHotEncoder OrdinalEncoder LabelEncoder LabelBinarizer "
    "MultiLabelBinarizer TargetEncoder SimpleImputer KNNImputer IterativeImputer ColumnTransformer FunctionTransformer "
    "make_column_transformer PCA IncrementalPCA KernelPCA TruncatedSVD NMF FastICA TfidfVectorizer CountVectorizer "
    "HashingVectorizer TfidfTransformer DictVectorizer SelectKBest SelectPercentile SelectFromModel RFE RFECV "
    "VarianceThreshold Tokenizer TextVectorization Normalization StringLookup".split()
)
_PIPELINES: Final = frozenset("Pipeline make_pipeline".split())
_DUMPS: Final = frozenset("dump dump_joblib to_pickle".split())
_SAVES: Final = frozenset("save save_model save_weights save_pretrained savez export".split())
_SUFFIXES: Final = (
    ".pkl .pickle .joblib .skops .onnx .pt .pth .ckpt .h5 .keras .safetensors .bin .model .ubj .cbm .dill"
).split()
_TODO: Final = "save both in one file: joblib.dump(make_pipeline(scaler, model), 'model.joblib')"


def preprocessing(known: Known) -> Finding:
    """Judge whether every transformer that the sources fit is in a file that the run wrote or keeps."""
    sources = known.sources
    if not sources.texts:
        return Finding(UNKNOWN, (*sources.unread, "there is no source to tell what prepares the data"))
    fitted = _made(sources, _TRANSFORMERS)
    pipelines = _pipelines(sources)
    saved = _saved(sources)
    files = model_files(known)
    if not saved and not files:
        return _nothing_saved(sources, fitted, pipelines)
    told = tuple(f"kept: {each}" for each in files[:5])
    if not fitted and not pipelines:
        said = f"nothing in {sources.counted} fits a transformer; the code itself is kept"
        return Finding(PASS, (said, *told)) if sources.whole else Finding(UNKNOWN, (*sources.unread, *told))
    if not saved:
        said = f"which object is in the file cannot be told; fitted: {some([*fitted, *pipelines])}"
        return Finding(UNKNOWN, (said, *told), _TODO)
    return _what_was_saved(sources, fitted, pipelines, _reached(saved, sources), told)


def _what_was_saved(
    sources: Sources, fitted: Mapping[str, str], pipelines: list[str], kept: set[str], told: tuple[str, ...]
) -> Finding:
    lost = [
        f"{name} ({kind})" for name, kind in fitted.items() if name not in kept and not _is_within(name, kept, sources)
    ]
    if lost or not (fitted or set(pipelines) & kept):
        return Finding(FAIL, (f"fitted, and not saved with the model: {some(lost or pipelines)}", *told), _TODO)
    if whole := [name for name in pipelines if name in kept]:
        return Finding(PASS, (f"{some(whole)} is a pipeline, saved whole", *told))
    return Finding(PASS, (f"saved: {some([f'{name} ({kind})' for name, kind in fitted.items()])}", *told))


def _nothing_saved(sources: Sources, fitted: Mapping[str, str], pipelines: list[str]) -> Finding:
    parts = [*(f"{name} ({kind})" for name, kind in fitted.items()), *pipelines]
    if not parts and sources.whole:
        return Finding(PASS, (f"nothing in {sources.counted} fits a transformer, and no weights were saved",))
    said = f"no weights were saved; fitted: {some(parts)}" if parts else "no weights were saved"
    return Finding(UNKNOWN, (said, *sources.unread), _TODO if parts else "")


def _made(sources: Sources, kinds: frozenset[str]) -> dict[str, str]:
    """Return the names that hold such an object, and its class; one in a larger expression has its class as name."""
    found: dict[str, str] = {}
    for name, values in sources.bound().items():
        for value in values:
            kind = _kind(value)
            if kind in kinds:
                found[name] = kind
    inner = {each for name in found for value in sources.bound()[name] for each in _classes(value)}
    for use in sources.calls():
        if use.last in kinds and use.last not in {*inner, *found.values()}:
            found.setdefault(use.last, use.last)
    return found


def _kind(value: ast.expr) -> str:
    """Return the class of what an expression makes: ``StandardScaler().fit(X)`` is a ``StandardScaler``."""
    while isinstance(value, ast.Call):
        if not (isinstance(value.func, ast.Attribute) and value.func.attr in {"fit", "set_params", "set_output"}):
            return dotted(value.func).rpartition(".")[2]
        value = value.func.value
    return ""


def _classes(value: ast.expr) -> Iterator[str]:
    for node in ast.walk(value):
        if isinstance(node, ast.Call):
            yield dotted(node.func).rpartition(".")[2]


def _pipelines(sources: Sources) -> list[str]:
    """Return the names that hold a pipeline, or something that was made of one: a search over its parameters."""
    names = [name for name, values in sources.bound().items() if any(_PIPELINES & {*_classes(each)} for each in values)]
    for name, values in sources.bound().items():
        inside = {node.id for each in values if isinstance(each, ast.Call) for node in _names(each)}
        if name not in names and inside & set(names) and any(_kind(each)[:1].isupper() for each in values):
            names.append(name)
    return names


def _names(tree: ast.AST) -> Iterator[ast.Name]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.Name))


def _saved(sources: Sources) -> set[str]:
    """Return the names of what calls save: the argument of a dump, or the object whose ``save`` is called."""
    found: set[str] = set()
    for use in sources.calls():
        if use.last in _DUMPS and use.call.args:
            found |= {node.id for node in _names(use.call.args[0])}
        if use.last in _DUMPS | _SAVES:
            found |= _owner(use)
        if use.last == "save" and use.call.args and use.name.startswith(("torch.", "np.", "numpy.")):
            found |= {node.id for node in _names(use.call.args[0])}
    return found


def _owner(use: Use) -> set[str]:
    owner = use.name.rpartition(".")[0]
    return (
        {owner} if owner and owner not in {"joblib", "pickle", "torch", "np", "numpy", "json", "yaml", "sio"} else set()
    )


def _reached(saved: set[str], sources: Sources) -> set[str]:
    """Return the saved names with those of what the saved objects were made of: a dict of a model and a scaler."""
    bound, found, waiting = sources.bound(), set(saved), list(saved)
    while waiting:
        for value in bound.get(waiting.pop(), ()):
            names = {node.id for node in _names(value)} if _holds_parts(value) else set()
            waiting += names - found
            found |= names
    return found


def _holds_parts(value: ast.expr) -> bool:
    if isinstance(value, ast.Dict | ast.List | ast.Tuple | ast.Set):
        return True
    return bool(_PIPELINES & {*_classes(value)}) or "ColumnTransformer" in _kind(value) or "Search" in _kind(value)


def _is_within(name: str, kept: set[str], sources: Sources) -> bool:
    """Tell whether a transformer that has no name of its own was made inside something that is kept."""
    bound = sources.bound()
    return any(name in _classes(value) for each in kept for value in bound.get(each, ()))


def model_files(known: Known) -> list[str]:
    """Return the files the run wrote or keeps that hold a model, by their names, with their hashes."""
    written: list[tuple[str, Any]] = [
        (str(each.get("path")), each.get("sha256")) for each in known.files if each.get("mode") == "write"
    ]
    written += [(each.name, each.object) for each in known.run.artifacts if not each.name.startswith("outputs/")]
    return [
        f"{path} (sha256 {str(digest)[:12]})" if digest else path
        for path, digest in dict.fromkeys(written)
        if path.lower().endswith(tuple(_SUFFIXES)) and not path.startswith(("code/", "environment/"))
    ]
