"""Every protection of the store is needed: without it, a check that passes otherwise finds a broken promise."""

from pathlib import Path

import pytest
from mutants import MUTANTS, Check, Mutant

_PASSED: set[Check] = set()


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_check_notices_when_a_protection_is_taken_out(mutant: Mutant, work: Path) -> None:
    for name in ("whole", "mutant"):
        (work / name).mkdir()
    if mutant.check not in _PASSED:  # some checks serve several mutants
        assert mutant.check(work / "whole") == []
        _PASSED.add(mutant.check)
    with mutant.at_work():
        assert _found(mutant.check, work / "mutant") != []


def _found(check: Check, work: Path) -> list[str]:
    """What a check finds; that it cannot even finish is found, too."""
    try:
        return check(work)
    except Exception as problem:  # noqa: BLE001 - anything may come of a store that nothing protects
        return [f"{type(problem).__name__}: {problem}"]


def test_every_sentence_of_the_contract_has_a_mutant() -> None:
    assert {number for mutant in MUTANTS for number in mutant.sentences} == set(range(1, 13))
