"""What is not known: how lucky the best is, what was left out, what failed, what nobody kept or reproduced."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from nbtrack.model.condition import WHOLE
from nbtrack.model.reproduction import GOOD
from nbtrack.model.run import Run
from nbtrack.query.changes import is_number
from nbtrack.query.distributions import normal_quantile
from nbtrack.report.parts import Sentence
from nbtrack.report.telling.phrases import agreeing, called, counted, cut, listed, opening, part_of, precise
from nbtrack.report.telling.study import Study, ids
from nbtrack.view.wording import error_text

_MANY: Final = 5  # runs of which the best is told to be optimistic
_ENOUGH: Final = 3  # degrees of freedom from which a spread is worth telling
_LISTED: Final = 3


def gaps(study: Study) -> Iterator[Sentence]:
    """Yield what is not known of all runs together."""
    if not study.compared:
        return
    for told in (_unranked, _ended, _sources, _damage):
        yield from told(study)


def picked(study: Study) -> Iterator[Sentence]:
    """Yield what is not known of the best."""
    yield from _optimism(study)
    yield from _not_reproduced(study)


def _optimism(study: Study) -> Iterator[Sentence]:
    """Say that the best of many owes something to being picked, and how much that may be, where repeats show it."""
    count = len(study.ranked)
    if count < _MANY or study.ranked[0].metrics[study.metric] == study.ranked[-1].metrics[study.metric]:
        return
    text = (
        f"The best of {count:,} runs owes part of its {cut(study.metric)} to being picked: on data that had no part in "
        "picking it, expect it to be a little worse."
    )
    spread, df = study.noise
    if spread and df >= _ENOUGH:
        luck = spread * normal_quantile((count - 0.375) / (count + 0.25))  # Blom 1958: the mean of the largest of n
        side = "below" if study.way == "min" else "above"
        text += (
            f" Repeats of one setting have a standard deviation of {precise(spread, spread / 3)}: of {count:,} equally "
            f"good runs the luckiest would lie about {precise(luck, luck / 3)} {side} their mean."
        )
    yield Sentence(text, "unknown")


def _unranked(study: Study) -> Iterator[Sentence]:
    if not study.ranked:
        return
    finished, metric = [run for run in study.runs if run.status == "finished"], cut(study.metric)
    odd = [run for run in finished if study.metric in run.metrics and not is_number(run.metrics[study.metric])]
    if odd:
        what = f"{opening(len(odd), 'finished run')} {agreeing(len(odd), 'is', 'are')} not ranked"
        yield Sentence(f"{what} because {metric} is NaN or infinite there.", "unknown", ids(odd))
    lacking = [run for run in finished if study.metric not in run.metrics]
    if lacking:
        verbs = agreeing(len(lacking), "does not record {} and is", "do not record {} and are").format(metric)
        yield Sentence(f"{opening(len(lacking), 'finished run')} {verbs} not ranked.", "unknown", ids(lacking))


def _ended(study: Study) -> Iterator[Sentence]:
    failed = [run for run in study.runs if run.status == "failed"]
    if failed:
        they = f"what {agreeing(len(failed), 'it', 'they')} would have scored is not known"
        yield Sentence(f"{opening(len(failed), 'run')} failed, and {they}: {_errors(failed)}.", "unknown", ids(failed))
    early = [run for run in study.runs if run.status in {"interrupted", "lost"}]
    if early:
        its = agreeing(len(early), "its", "their")
        what = f"{opening(len(early), 'run')} ended early, by hand or with {its} process"
        yield Sentence(f"{what}; {its} numbers are not ranked.", "unknown", ids(early))
    going = [run for run in study.runs if run.status == "running"]
    if going:
        yield Sentence(f"{opening(len(going), 'run')} had not ended when this was written.", "unknown", ids(going))


def _errors(failed: list[Run]) -> str:
    kinds = Counter(cut(error_text(run) or "no error was recorded", 160).rstrip(".") for run in failed)
    told = (f"{text} ({count:,} times)" if count > 1 else text for text, count in kinds.most_common())
    return listed(told, _LISTED, "errors")


def _sources(study: Study) -> Iterator[Sentence]:
    bare = [run for run in study.compared if run.cell is None or not run.cell.source]
    if bare:
        what = f"{part_of(len(bare), len(study.compared), 'run')} {agreeing(len(bare), 'keeps', 'keep')} no source"
        result = agreeing(len(bare), "its result", "their results")
        yield Sentence(f"{what}, so what computed {result} cannot be looked up.", "unknown", ids(bare))


def _damage(study: Study) -> Iterator[Sentence]:
    broken = [run for run in study.runs if run.condition != WHOLE]
    if broken:
        flaws = listed(dict.fromkeys(run.damage or run.condition for run in broken), _LISTED, "kinds of damage")
        text = f"The records of {counted(len(broken), 'run')} are not whole: {flaws}."
        yield Sentence(text, "unknown", ids(broken))


def _not_reproduced(study: Study) -> Iterator[Sentence]:
    if not study.ranked:
        return
    first = study.ranked[0]
    if first.verdict is None:
        how = f"nbtrack reproduce {first.short} would tell whether it can be"
        yield Sentence(f"Nobody has reproduced {called(first)}; {how}.", "unknown", (first.id,))
    elif first.verdict not in GOOD:
        last = first.reproductions[-1:]
        why = cut(str(last[0].get("text", "")).rstrip("."), 160) if last else ""
        text = f"Reproducing {called(first)} did not give the same: {first.verdict}{f' ({why})' if why else ''}."
        yield Sentence(text, "unknown", (first.id,))
