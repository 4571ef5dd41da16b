"""What the ML Reproducibility Checklist asks of a published result, as far as records can answer it.

Source: Joelle Pineau et al., "The Machine Learning Reproducibility Checklist", version 2.0 (2020), used by NeurIPS:
https://www.cs.mcgill.ca/~jpineau/ReproducibilityChecklist.pdf. The rows are in our own words; its questions on theory,
and on how new data were collected, are for people and are left out.
"""

import re
from typing import Any, Final

from nbtrack.model.number import as_float
from nbtrack.model.reproduction import GOOD
from nbtrack.query.checklist.draws import draws
from nbtrack.query.checklist.experiment import Rule, environment
from nbtrack.query.checklist.known import Known, mapping, some
from nbtrack.query.checklist.preprocessing import model_files
from nbtrack.query.checklist.row import FAIL, PASS, UNKNOWN, Finding

_SPREAD: Final = re.compile(r"(?:^|[_.\s])(?:std|stddev|sd|sem|stderr|ci\d*|var|interval|lower|upper)(?:$|[_.\s\d])")
_FOLDS: Final = frozenset("cross_val_score cross_validate cross_val_predict GridSearchCV RandomizedSearchCV".split())
_SEARCHES: Final = frozenset("GridSearchCV RandomizedSearchCV HalvingGridSearchCV BayesSearchCV create_study".split())


def model(known: Known) -> Finding:
    """Judge whether it can be told which model it is, with all its settings."""
    words = mapping(known.run.sources.get("params")).values()
    found = {str(word).removesuffix(" default").partition(".")[0].partition("(")[0] for word in words}
    classes = sorted(word for word in found if word[:1].isupper() and word.isidentifier())
    if classes:
        return Finding(PASS, (f"{some(classes)}, with {len(known.run.params)} settings",))
    return Finding(UNKNOWN, ("no class of a model is recorded",), f"say it in a note: nbtrack note {known.run.short} …")


def examples(known: Known) -> Finding:
    """Judge whether the size of the data is recorded."""
    told = []
    for each in known.data:
        shape = each.get("shape")
        if isinstance(shape, list) and shape:
            told.append(f"{each.get('name')}: {' x '.join(map(str, shape))}")
    if told:
        return Finding(PASS, tuple(told[:8]))
    return Finding(
        UNKNOWN, ("no variable with data was recorded with its shape",), "use the data as a variable in the cell"
    )


def split_details(known: Known) -> Finding:
    """Judge whether it can be told how the data was divided."""
    found = [draw.use for draw in draws(known.sources, known.seeded)]
    found = [use for use in found if "plit" in use.last or "Fold" in use.last]
    plain = [use for use in known.sources.calls() if use.last.endswith("Fold") or use.last in _FOLDS]
    told = dict.fromkeys(f"{use.where}: {use.text}" for use in (*found, *plain))
    if told:
        return Finding(PASS, tuple(told)[:5])
    return Finding(UNKNOWN, ("no call in the recorded sources divides the data",), "say in a note how it was divided")


def excluded(known: Known) -> Finding:
    """Judge whether every step from the data to the result is on record."""
    kinds: list[Any] = [mapping(each).get("kind") for each in known.run.slice["verdicts"]]
    doubts = [
        str(mapping(each).get("text")) for each in known.run.slice["verdicts"] if mapping(each).get("kind") != "clean"
    ]
    if not known.sources.texts:
        return Finding(UNKNOWN, known.sources.unread)
    if known.sources.unread:
        return Finding(UNKNOWN, (f"{known.sources.counted}", *known.sources.unread))
    told = f"{known.sources.counted} from the data to the result are kept, as they ran"
    return Finding(PASS if "dynamic-code" not in kinds else UNKNOWN, (told, *doubts[:3]))


def download(known: Known) -> Finding:
    """Judge whether somebody else can get the data."""
    read = [each for each in known.files if each.get("mode") == "read"]
    if not read:
        return Finding(UNKNOWN, ("no file was read",))
    there = [str(each.get("path")) for each in read if each.get("kind") == "url" or each.get("dvc")]
    here = [str(each.get("path")) for each in read if not (each.get("kind") == "url" or each.get("dvc"))]
    if here:
        return Finding(
            UNKNOWN, (f"no address or DVC pointer of {some(here)}",), "track the files with DVC, or say where they are"
        )
    return Finding(PASS, (f"addresses or DVC pointers of {some(there)}",))


def training_code(known: Known) -> Finding:
    """Judge whether the code that made the result is kept."""
    if known.sources.whole:
        return Finding(PASS, (f"{known.sources.counted}, in the order they ran",))
    return Finding(UNKNOWN if known.sources.texts else FAIL, known.sources.unread, "run it as a tracked cell: %%track")


def evaluation_code(known: Known) -> Finding:
    """Judge whether it can be told how each metric was computed."""
    origins = mapping(known.run.sources.get("metrics"))
    told = [f"{name}: {origins[name]}" for name in known.run.metrics if origins.get(name)]
    bare = [name for name in known.run.metrics if not origins.get(name)]
    if not known.run.metrics:
        return Finding(UNKNOWN, ("the run has no metrics",))
    if bare:
        return Finding(UNKNOWN, (f"where {some(bare)} came from is not recorded", *told[:5]))
    return Finding(PASS, tuple(told[:8]))


def trained_model(known: Known) -> Finding:
    """Judge whether the trained model can be had."""
    files = model_files(known)
    if files:
        return Finding(PASS, tuple(files[:5]))
    return Finding(
        FAIL, ("no file with a model was written or kept",), "save it in the cell, or nbtrack.log_artifact(path)"
    )


def one_command(known: Known) -> Finding:
    """Judge whether one command gives the result again."""
    return reproduced(known)


def ranges(known: Known) -> Finding:
    """Judge whether it can be told how the settings were chosen."""
    best = [name for name in known.run.params if name.startswith("best_params.")]
    searches = [f"{use.where}: {use.text}" for use in known.sources.calls() if use.last in _SEARCHES]
    if best or searches:
        return Finding(PASS, (*searches[:3], *([f"chosen: {some(best)}"] if best else [])))
    todo = "compare the runs that led to it: nbtrack compare, nbtrack ls"
    return Finding(UNKNOWN, ("no search over settings is in the recorded sources",), todo)


def repetitions(known: Known) -> Finding:
    """Judge whether it is on record how often training and evaluation ran."""
    folds = [f"{use.where}: {use.text}" for use in known.sources.calls() if use.last in _FOLDS]
    times = [_seeds_of(each) for each in _reproductions(known)]
    told = [*folds[:3], *([f"reproduced {_times(len(times))}, executed {_times(sum(times))} for it"] if times else [])]
    executions: list[Any] = list(known.run.slice["executions"])
    own = mapping(executions[-1]).get("times", 1) if executions else None
    if isinstance(own, int):
        told.append(f"the cell ran {_times(own)}{' in a row' * (own > 1)}")
    return Finding(PASS, tuple(told)) if told else Finding(UNKNOWN)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def measure(known: Known) -> Finding:
    """Judge whether each metric is defined by an expression."""
    origins = mapping(known.run.sources.get("metrics"))
    defined = [f"{name} = {origin}" for name, origin in origins.items() if "(" in str(origin)]
    if not known.run.metrics:
        return Finding(UNKNOWN, ("the run has no metrics",))
    if len(defined) >= len(known.run.metrics):
        return Finding(PASS, tuple(defined[:8]))
    return Finding(
        UNKNOWN, (f"{len(defined)} of {len(known.run.metrics)} metrics name the call they came from", *defined[:5])
    )


def spread(known: Known) -> Finding:
    """Judge whether a result comes with its variation."""
    named = [name for name in known.run.metrics if _SPREAD.search(name.lower())]
    intervals = [
        f"{name}: {as_float(span[0]):.4g} to {as_float(span[1]):.4g}"
        for each in _reproductions(known)
        for name, about in mapping(each.get("metrics")).items()
        if isinstance(span := mapping(about).get("interval"), list) and len(span) == 2
    ]
    if named or intervals:
        return Finding(PASS, (*([f"recorded: {some(named)}"] if named else []), *intervals[:5]))
    if not known.run.metrics:
        return Finding(UNKNOWN, ("the run has no metrics",))
    return Finding(
        FAIL, ("single numbers, with no measure of how they vary",), f"nbtrack reproduce {known.run.short} --seeds 5"
    )


def runtime(known: Known) -> Finding:
    """Judge whether the time it took is recorded."""
    took = known.run.duration
    if took is None:
        return Finding(UNKNOWN, ("the run has not ended",))
    return Finding(PASS, (f"{took:.3g} seconds",))


def infrastructure(known: Known) -> Finding:
    """Judge whether the machine is described."""
    machine = mapping(known.run.document["hardware"])
    if not machine:
        return Finding(UNKNOWN, ("the machine was not recorded",))
    return Finding(PASS, tuple(f"{name}: {value}" for name, value in list(machine.items())[:8]))


def reproduced(known: Known) -> Finding:
    """Judge by the last reproduction, if there was any."""
    found = _reproductions(known)
    todo = f"nbtrack reproduce {known.run.short}"
    if not found:
        return Finding(UNKNOWN, ("nobody has reproduced it yet",), todo)
    last = found[-1]
    level = str(last.get("level"))
    text = str(last.get("text") or "").removeprefix(f"{level}: ")
    causes: Any = last.get("causes")
    why = [str(mapping(each).get("text")) for each in causes[:3]] if isinstance(causes, list) else []
    if level in GOOD:
        return Finding(PASS, (level, *([text] if text else [])))
    return Finding(FAIL, (level, *([text] if text else []), *why), todo)


def _reproductions(known: Known) -> list[Any]:
    found: Any = known.run.document.get("reproductions")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _seeds_of(reproduction: Any) -> int:
    seeds = mapping(reproduction.get("options")).get("seeds")
    return seeds if type(seeds) is int and seeds > 0 else 1


RULES: Final = (
    Rule("Models", "The model is described: which it is, and all its settings", "", model),
    Rule("Data", "The size of each data set is stated", "", examples),
    Rule("Data", "How the data was divided is stated", "", split_details),
    Rule("Data", "What was left out, and every preprocessing step, is on record", "", excluded),
    Rule("Data", "Somebody else can get the data", "", download),
    Rule("Code", "What it depends on is specified", "", environment),
    Rule("Code", "The training code is kept", "", training_code),
    Rule("Code", "The evaluation code is kept", "", evaluation_code),
    Rule("Code", "The trained model is kept", "", trained_model),
    Rule("Code", "One command gives the result again", "", one_command),
    Rule("Results", "Which settings were tried, and how the best were chosen", "", ranges),
    Rule("Results", "How often training and evaluation ran", "", repetitions),
    Rule("Results", "The measure is defined", "", measure),
    Rule("Results", "The result comes with its variation", "", spread),
    Rule("Results", "How long it took", "", runtime),
    Rule("Results", "The computing infrastructure is described", "", infrastructure),
)
VERIFIED: Final = Rule("Verdict", "Somebody has run it again and got the same result", "Critical", reproduced)
