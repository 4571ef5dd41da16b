"""The provenance of a run: which data, which code, which parameters, which artifacts - and can it be reproduced?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from nbtrack.model.reproduction import GOOD
from nbtrack.model.run import Run
from nbtrack.query.checklist.checklist import Checklist, check
from nbtrack.query.checklist.known import Known, mapping, some
from nbtrack.query.facts import bytes_text, used_data_text
from nbtrack.query.json_format import plain_json
from nbtrack.query.plugged import html

_LISTED: Final = 20
_OURS: Final = ("code/", "environment/", "notebook.ipynb")


@dataclass(frozen=True, slots=True)
class Answer:
    """One question, its answer in a sentence, and the facts behind it: names with values."""

    question: str
    answer: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Provenance:
    """The five questions that a record of an experiment must answer, and the answers for one run."""

    run: Run
    data: Answer
    code: Answer
    params: Answer
    artifacts: Answer
    reproducible: Answer
    checklist: Checklist

    @property
    def answers(self) -> tuple[Answer, ...]:
        """All five, in this order."""
        return (self.data, self.code, self.params, self.artifacts, self.reproducible)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON (``docs/json-format.md``)."""
        names = ("data", "code", "params", "artifacts", "reproducible")
        answers = {
            name: {"question": each.question, "answer": each.answer, "facts": [list(fact) for fact in each.facts]}
            for name, each in zip(names, self.answers, strict=True)
        }
        return {"run": self.run.id, "name": self.run.name, **answers}

    def __repr__(self) -> str:
        """Return the questions with their answers, and the facts below."""
        lines = [f"{self.run.name} {self.run.short}"]
        for each in self.answers:
            lines += ["", f"{each.question} {each.answer}", *(f"  {name}: {value}" for name, value in each.facts)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return html(self)


def provenance(run: Run) -> Provenance:
    """Return the five answers for a run, from its records alone.

    >>> import nbtrack
    >>> store = nbtrack.MemoryStore()
    >>> with nbtrack.start_run("by hand", store=store, params={"lr": 0.1}) as opened:
    ...     opened.log(loss=0.5)
    >>> nbtrack.run(opened.id, store=store).provenance().params.answer
    '1 chosen.'
    """
    found = check(run)
    known = Known.of(run)
    return Provenance(run, _data(known), _code(known, found), _params(run), _artifacts(known), _verdict(found), found)


def _data(known: Known) -> Answer:
    read = [each for each in known.data if each.get("mode") == "read"]
    files = [each for each in read if each.get("kind") != "variable"]
    facts = [(str(each.get("path") or each.get("name")), used_data_text(each)) for each in (*files, *_variables(read))]
    count = len(files)
    if files:
        said = f"{count} file{'s' * (count != 1)}: {some([name for name, _ in facts[:count]])}."
    elif read:
        said = f"No file; {some([name for name, _ in facts])}, made by the cells before or by a package."
    else:
        said = "None that was recorded."
    return Answer("Which data was used?", said, _cut(facts))


def _variables(read: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [each for each in read if each.get("kind") == "variable"]


def _code(known: Known, found: Checklist) -> Answer:
    code = mapping(known.run.code)
    facts = [
        (name, str(code[name])) for name in ("commit", "branch", "remote", "patch") if isinstance(code.get(name), str)
    ]
    facts += [(f"changed {name}", str(kind)) for name, kind in mapping(code.get("changed")).items()]
    facts += [("cell", each.place) for each in known.sources.texts if each.own]
    facts += [("sources", known.sources.counted)] if known.sources.texts else []
    row = next(row for row in found.experiment if row.category == "Code")
    told = "; ".join(row.evidence[:3])
    return Answer("Which version of the code ran?", f"{told[:1].upper()}{told[1:]}.", _cut(facts))


def _params(run: Run) -> Answer:
    origins = mapping(run.sources.get("params"))
    chosen = [name for name in run.params if not str(origins.get(name, "")).endswith(" default")]
    facts = [(name, _value(run.params[name], origins.get(name))) for name in chosen]
    rest = len(run.params) - len(chosen)
    said = f"{len(chosen)} chosen" if run.params else "None that was recorded"
    return Answer("What parameters were set?", said + (f", {rest} at their defaults." if rest else "."), _cut(facts))


def _value(value: Any, origin: Any) -> str:
    text = plain_json(value)
    return f"{text} ({origin})" if origin else f"{text}"


def _artifacts(known: Known) -> Answer:
    kept = [each for each in known.run.artifacts if not each.name.startswith(_OURS)]
    facts = [(each.name, f"{each.object.rpartition(':')[2][:8]} · {bytes_text(each.size)}") for each in kept]
    written = [each for each in known.files if each.get("mode") == "write"]
    facts += [(f"wrote {each.get('path')}", used_data_text(each)) for each in written]
    count = len(facts)
    said = f"{count}: {len(kept)} kept in the store, {len(written)} written beside the notebook." if count else "None."
    return Answer("Which artifacts were produced?", said, _cut(facts))


def _verdict(found: Checklist) -> Answer:
    question = "Can the result be reproduced?"
    done: Any = found.run.document.get("reproductions") or []
    facts = [(f"{row.category}, {row.priority}", f"{row.status}: {row.check}") for row in found.experiment]
    last = mapping(done[-1]) if done else {}
    if last.get("level") in GOOD:
        return Answer(question, f"Yes, {': '.join(found.verified.evidence)}", _cut(facts))
    if last:
        return Answer(question, f"No: {'; '.join(found.verified.evidence)}", _cut(facts))
    todo = f"nobody has tried; nbtrack reproduce {found.run.short} does"
    if found.blocking:
        blocking = "; ".join(row.evidence[0] if row.evidence else row.check for row in found.blocking)
        return Answer(question, f"Not for certain: {blocking}; {todo}.", _cut(facts))
    return Answer(question, f"Nothing recorded speaks against it, and {todo}.", _cut(facts))


def _cut(facts: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    rest = len(facts) - _LISTED
    return (*facts[:_LISTED], *([("…", f"and {rest} more")] if rest > 0 else []))
