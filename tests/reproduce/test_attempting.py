"""One attempt from code and data to the verdict, as options ask for it."""

import shutil

import pytest

from tests.reproduce.conftest import Record, Silent

pytestmark = pytest.mark.slow
UNSEEDED = "%%track\nimport random\naccuracy = random.random() + 0 * offset\nprint('accuracy', accuracy)"


def test_repetitions_each_have_a_seed_and_are_the_same_every_time(recorded: Record) -> None:
    found = recorded("offset = 1", UNSEEDED)
    first, again = (found.reproduced(seeds=2)["metrics"]["accuracy"]["now"] for _ in range(2))
    assert isinstance(first, list)
    assert len(set(first)) == 2
    assert first == again


def test_the_store_alone_is_enough(recorded: Record) -> None:
    sources = (
        "import helper\nvalues = [float(line) for line in open('data/numbers.txt')]",
        "%%track\naccuracy = helper.mean(values)",
    )
    files = {"helper.py": "def mean(values):\n    return sum(values) / len(values)\n", "data/numbers.txt": "1\n2\n6\n"}
    found = recorded(*sources, files=files)
    for path in found.project.iterdir():
        if path.name != ".nbtrack":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    document = found.reproduced(from_store_only=True, network=False)
    assert document["level"] == "identical", document
    assert {each.get("origin") for each in document["restored"] if each.get("kind") != "environment"} == {"store"}


def test_a_replay_that_takes_too_long_fails_and_says_where(recorded: Record) -> None:
    found = recorded("import os, time", "%%track\nif 'NBTRACK_REPLAY' in os.environ: time.sleep(600)\naccuracy = 1 / 4")
    talk = Silent()
    verdict = found.verdict(talk, timeout=10.0)
    assert verdict.level == "failed"
    assert verdict.document["error"] == "In [2]: stopped after 10 s, as asked"
    assert talk.phases[-1] == "comparing"


@pytest.mark.parametrize(
    "damage", ["os.mkfifo(path)", "os.symlink('/dev/zero', path)", "open(path, 'w').write('[' * 10**6)"]
)
def test_a_program_that_damages_its_record_gets_a_verdict(recorded: Record, damage: str) -> None:
    ends = (
        "import atexit, glob, os\n"
        "def end():\n"
        "    for path in glob.glob(os.environ['NBTRACK_STORE'] + '/**/*.json*', recursive=True):\n"
        f"        os.remove(path); {damage}\n"
        "if 'NBTRACK_REPLAY' in os.environ: atexit.register(end)"
    )
    document = recorded(f"%%track\naccuracy = 1 / 4\n{ends}").reproduced()
    assert (document["level"], "recorded" in document["error"]) == ("failed", True), document
