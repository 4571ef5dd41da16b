"""Readers that are fed with anything: a short session of what ``make fuzz`` does for as long as one likes."""

import random

import pytest
from fuzz import mutated
from fuzz_targets import TARGETS
from hypothesis import given, settings
from hypothesis import strategies as st

every_target = pytest.mark.parametrize("name", TARGETS)


@every_target
@settings(max_examples=40, deadline=None)
@given(content=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(name: str, content: bytes) -> None:
    TARGETS[name].feed(content)


@pytest.mark.slow
@every_target
def test_changed_files_are_read_or_refused(name: str) -> None:
    dice, seeds = random.Random(name), TARGETS[name].seeds()
    for _ in range(150):
        TARGETS[name].feed(mutated(dice.choice(seeds), dice, seeds))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("manifest", b'{"k":"folder","fmt":11e999,"files":0,"total":0}\n'),
        ("block", b'nbtrack\0block 1\n{"k":{},"size":1,"c":"bdbd5a3c"}\nx\n'),
    ],
)
def test_what_fuzzing_once_found_stays_found(name: str, content: bytes) -> None:
    TARGETS[name].feed(content)


@pytest.mark.slow
@every_target
def test_many_changed_files_are_read_or_refused(name: str) -> None:
    dice, kept = random.Random(f"{name} long"), TARGETS[name].seeds()
    for _ in range(1500):
        content = mutated(dice.choice(kept), dice, kept)
        TARGETS[name].feed(content)
        kept = [*kept[-200:], content]
