"""An environment is had again with the same files, or it is said what could not be had and why."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nbtrack.errors import EnvironmentMissing
from nbtrack.model.run import Run
from nbtrack.reproduce.environment.building import MARK
from nbtrack.reproduce.environment.installation import installed_in, packages_of
from nbtrack.reproduce.environment.means import Means
from nbtrack.reproduce.environment.restoring import Restoration, restore_environment
from tests.reproduce.environment.wheels import sha256

pytestmark = pytest.mark.slow

MakeRun = Callable[..., Run]


@pytest.fixture
def into(tmp_path: Path) -> Path:
    return tmp_path / "environments"


def installed(found: Restoration) -> dict[str, str]:
    there = installed_in(packages_of(found.python.parents[1]))
    return {name: each.version for name, each in there.items()}


def told(found: Restoration, kind: str) -> dict[str, str]:
    return {cause["name"]: cause["text"] for cause in found.causes if cause["kind"] == kind}


def test_what_was_imported_and_all_it_needs_is_installed_at_its_version(
    make_run: MakeRun, means: Means, into: Path
) -> None:
    found = restore_environment(make_run(), into, means=means)
    there = installed(found)
    assert there["first"] == "1.2.3"
    assert there["second"] == "2.0"
    assert "unused" not in there
    assert found.causes == ()
    said = subprocess.run(
        [found.python, "-c", "import first; print(first.__version__)"], capture_output=True, text=True, check=True
    )
    assert said.stdout == "1.2.3\n"


def test_a_package_edited_in_place_cannot_damage_the_cache_of_uv(make_run: MakeRun, means: Means, into: Path) -> None:
    found = restore_environment(make_run(), into, means=means)
    (packages,) = packages_of(found.python.parents[1])
    assert (packages / "first" / "__init__.py").stat().st_nlink == 1
    shared = restore_environment(make_run(), into / "confined", means=replace(means, hardlinks=True))
    (packages,) = packages_of(shared.python.parents[1])
    assert (packages / "first" / "__init__.py").stat().st_nlink > 1


def test_everything_that_was_installed_is_had_when_asked_for(make_run: MakeRun, means: Means, into: Path) -> None:
    assert "unused" in installed(restore_environment(make_run(), into, means=means, everything=True))


def test_without_knowing_what_packages_need_all_are_installed(make_run: MakeRun, means: Means, into: Path) -> None:
    assert "unused" in installed(restore_environment(make_run(installed={}), into, means=means))


def test_the_same_environment_is_made_once(make_run: MakeRun, means: Means, into: Path) -> None:
    first = restore_environment(make_run(), into, means=means)
    made = (first.python.parents[1] / MARK).stat().st_ino
    gone = replace(means, uv=Path("/nowhere/uv"))  # nothing is asked a second time
    again = restore_environment(make_run(), into, means=gone)
    assert again.python == first.python
    assert (again.python.parents[1] / MARK).stat().st_ino == made
    assert any(each["origin"] == "kept environment" for each in again.restored)


def test_an_environment_that_somebody_has_changed_is_made_anew(make_run: MakeRun, means: Means, into: Path) -> None:
    first = restore_environment(make_run(), into, means=means)
    (packages,) = packages_of(first.python.parents[1])
    before = installed(first)
    shutil.rmtree(packages / "second-2.0.dist-info")
    assert installed(restore_environment(make_run(), into, means=means)) == before
    (packages / "added-1.0.dist-info").mkdir()
    assert installed(restore_environment(make_run(), into, means=means)) == before


def test_what_an_interrupted_process_left_behind_is_replaced(make_run: MakeRun, means: Means, into: Path) -> None:
    first = restore_environment(make_run(), into, means=means)
    (first.python.parents[1] / MARK).unlink()
    (into / ("0" * 24) / "half").mkdir(parents=True)
    again = restore_environment(make_run(), into, means=means)
    assert installed(again)["first"] == "1.2.3"
    assert not (into / ("0" * 24)).exists()


def test_two_at_once_make_one_environment(make_run: MakeRun, means: Means, into: Path) -> None:
    found: list[Restoration] = []
    threads = [
        threading.Thread(target=lambda: found.append(restore_environment(make_run(), into, means=means))) for _ in "123"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each.python for each in found}) == 1
    assert len(found) == len(threads)
    assert installed(found[0])["first"] == "1.2.3"


def test_a_wheel_with_other_bytes_is_refused(make_run: MakeRun, means: Means, shop: Any, into: Path) -> None:
    lock = "".join(
        f"{name}=={version} --hash=sha256:{sha256(made)}\n" for name, (version, made) in shop.made.items()
    ).encode()
    run = make_run(locks={"requirements.txt": lock})
    shop.wheel("first", "1.2.3", says="print('not what it was')\n")
    with pytest.raises(EnvironmentMissing, match=r"(?s)first.*hash|hash.*first|Hash mismatch"):
        restore_environment(run, into, means=means)
    assert not list(into.glob("[0-9a-f]*/" + MARK))


def test_another_build_of_the_same_version_is_a_cause(make_run: MakeRun, means: Means, shop: Any, into: Path) -> None:
    run = make_run()
    shop.wheel("first", "1.2.3", says="# built again\n")
    found = restore_environment(run, into, means=means)
    assert "another build" in told(found, "package")["first"]


def test_a_version_that_nobody_has_is_named_with_what_to_do(
    make_run: MakeRun, means: Means, shop: Any, into: Path
) -> None:
    run = make_run(packages={**shop.packages, "first": "9.9"})
    with pytest.raises(EnvironmentMissing) as raised:
        restore_environment(run, into, means=means)
    assert "first" in str(raised.value)
    assert "second" not in str(raised.value)
    assert "--env current" in str(raised.value)
    assert str(shop.folder) not in str(raised.value)


def test_a_package_of_the_system_is_said_to_be_one(make_run: MakeRun, means: Means, shop: Any, into: Path) -> None:
    told = shop.installed({})
    told["first"]["installer"] = "debian"
    run = make_run(packages={**shop.packages, "first": "9.9"}, installed=told)
    with pytest.raises(
        EnvironmentMissing, match=r"first==9\.9 \(the run had it from debian\): no index has this version"
    ):
        restore_environment(run, into, means=means)


def test_what_was_not_imported_and_cannot_be_had_is_a_cause(
    make_run: MakeRun, means: Means, shop: Any, into: Path
) -> None:
    run = make_run(packages={**shop.packages, "unused": "9.9"})
    found = restore_environment(run, into, means=means, everything=True)
    assert "unused==9.9 was left out" in told(found, "package")["unused"]


def test_a_name_from_a_folder_is_never_looked_for_in_an_index(make_run: MakeRun, means: Means, into: Path) -> None:
    run = make_run(origins={"first": {"kind": "local", "url": "~/code/first"}})
    with pytest.raises(EnvironmentMissing, match=r"first==1\.2\.3: it was built from a folder"):
        restore_environment(run, into, means=means)


def test_a_wheel_of_the_persons_own_is_taken_from_where_it_was_if_it_is_the_same(
    make_run: MakeRun, means: Means, shop: Any, tmp_path: Path, into: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    made = shop.wheel("first", "1.2.3")
    moved = made.rename(own / made.name)
    origin = {"kind": "archive", "url": str(moved), "hash": f"sha256={sha256(moved)}"}
    run = make_run(origins={"first": origin}, installed={})
    assert installed(restore_environment(run, into, means=means))["first"] == "1.2.3"
    moved.write_bytes(moved.read_bytes() + b"\0")
    other = replace(means, variables={**means.variables, "UV_CACHE_DIR": str(tmp_path / "empty")})
    with pytest.raises(EnvironmentMissing, match=r"Hash mismatch"):
        restore_environment(run, tmp_path / "elsewhere", means=other)


def test_a_package_of_a_commit_is_built_from_that_commit(
    make_run: MakeRun, means: Means, shop: Any, repository: Path, git: Callable[..., str], into: Path
) -> None:
    (repository / "pyproject.toml").write_text(
        '[project]\nname = "third"\nversion = "0.1"\n'
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    shop.wheel("third", "0.1")
    made = shop.made["third"][1].name
    (repository / made).write_bytes((shop.folder / made).read_bytes())
    (repository / "backend.py").write_text(
        "import shutil\n"
        f"def build_wheel(to, settings=None, metadata=None):\n    shutil.copy({made!r}, to)\n    return {made!r}\n"
    )
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "third")
    commit = git(repository, "rev-parse", "HEAD")
    run = make_run(
        origins={"third": {"kind": "vcs", "url": f"git+file://{repository}", "commit": commit}}, imported=("third",)
    )
    (shop.folder / made).unlink()
    found = restore_environment(run, into, means=means)
    assert installed(found)["third"] == "0.1"
    assert any(each["origin"] == "commit" and commit[:8] in each["text"] for each in found.restored)


def test_another_patch_version_of_python_is_a_cause(make_run: MakeRun, means: Means, into: Path) -> None:
    minor = ".".join(map(str, sys.version_info[:2]))
    found = restore_environment(make_run(python=f"{minor}.999"), into, means=means)
    assert f"instead of {minor}.999" in told(found, "python")["python"]


def test_without_such_a_python_it_is_said_how_to_get_it(make_run: MakeRun, means: Means, into: Path) -> None:
    with pytest.raises(EnvironmentMissing, match=r"no Python 3\.999.*uv python install 3\.999\.1"):
        restore_environment(make_run(python="3.999.1"), into, means=means)


def test_without_uv_pip_does_the_same(make_run: MakeRun, means: Means, into: Path) -> None:
    said: list[str] = []
    found = restore_environment(make_run(), into, means=replace(means, uv=None), say=said.append)
    assert installed(found)["first"] == "1.2.3"
    assert "pip install 'nbtrack[reproduce]'" in said[0]
    assert found.causes == ()


def test_the_current_environment_is_only_compared(make_run: MakeRun, means: Means, into: Path) -> None:
    found = restore_environment(make_run(), into, mode="current", means=means)
    assert found.python == Path(sys.executable)
    assert not into.exists()
    causes = [cause["name"] for cause in found.causes]
    assert causes[0] == "first"  # what was imported comes first
    assert told(found, "package")["first"] == "first 1.2.3 is not there"


def test_the_current_environment_will_do_for_a_run_that_recorded_none(into: Path) -> None:
    import nbtrack

    store = nbtrack.MemoryStore()
    with nbtrack.start_run("by hand", store=store) as opened:
        opened.log(loss=1.0)
    run = nbtrack.run(opened.id, store=store)
    assert (
        "records no environment" in told(restore_environment(run, into, mode="current"), "environment")["environment"]
    )
    with pytest.raises(EnvironmentMissing, match="--env current"):
        restore_environment(run, into)


def test_a_tool_that_takes_too_long_is_stopped(make_run: MakeRun, means: Means, tmp_path: Path, into: Path) -> None:
    slow = tmp_path / "uv-that-sleeps"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    began = time.monotonic()
    with pytest.raises(EnvironmentMissing, match=r"took longer than 0.05 s|cannot be had again"):
        restore_environment(make_run(), into, means=replace(means, uv=slow, seconds=0.05))
    assert time.monotonic() - began < 30


def test_a_folder_that_cannot_be_written_is_said_in_words(make_run: MakeRun, means: Means, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentMissing, match="the environment cannot be made: Not a directory"):
        restore_environment(make_run(), tmp_path / "file" / "environments", means=means)


def test_names_in_the_records_cannot_become_options(make_run: MakeRun, means: Means, shop: Any, into: Path) -> None:
    hostile = {"--index-url": "1.0", "a\nb": "1.0", "evil": "1.0 --index-url=x", "../up": "1"}
    found = restore_environment(make_run(packages={**shop.packages, **hostile}, installed={}), into, means=means)
    assert set(installed(found)) <= set(shop.packages) | {"pip", "setuptools"}
    assert any("cannot be a package" in cause["text"] for cause in found.causes)


def test_an_interrupt_ends_the_tool_and_leaves_nothing(
    make_run: MakeRun, means: Means, tmp_path: Path, into: Path
) -> None:
    slow = tmp_path / "uv-that-sleeps"
    slow.write_text('#!/bin/sh\ncase "$1" in venv) mkdir -p "$6"; exec sleep 60;; esac\nexec ' + f'{means.uv} "$@"\n')
    slow.chmod(0o755)
    run = make_run()

    def interrupt() -> None:
        while not list(into.glob("[0-9a-f]*[0-9a-f].lock")):
            time.sleep(0.01)
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        restore_environment(run, into, means=replace(means, uv=slow))
    assert [folder for folder in into.iterdir() if folder.is_dir() and folder.name != "locks"] == []


def test_packages_edited_in_place_keep_their_version_and_their_place_in_the_code(
    make_run: MakeRun, means: Means, shop: Any, tmp_path: Path, into: Path
) -> None:
    source = tmp_path / "tree" / "libs" / "mine" / "src"
    (source / "mine").mkdir(parents=True)
    (source / "mine" / "__init__.py").write_text("from importlib.metadata import version\nsaid = version('mine')\n")
    run = make_run(
        packages={**shop.packages, "mine": "0.7"},
        origins={"mine": {"kind": "editable", "url": "~/tree/libs/mine"}},
        editable={
            "mine": {"within": "libs/mine", "paths": ["src", "../../.."], "metadata": "Name: mine\nVersion: 0.7"}
        },
    )
    found = restore_environment(run, into, means=means, root=tmp_path / "tree")
    assert found.local[0] == source
    said = subprocess.run(
        [found.python, "-c", "import mine; print(mine.said)"],
        env={"PYTHONPATH": os.pathsep.join(map(str, found.local))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "0.7\n"


def test_an_edited_package_from_elsewhere_is_said_to_be_kept_in_part(
    make_run: MakeRun, means: Means, shop: Any, into: Path
) -> None:
    run = make_run(
        packages={**shop.packages, "mine": "0.7"},
        origins={"mine": {"kind": "editable", "url": "/elsewhere/mine"}},
        editable={"mine": {"within": None, "paths": ["src"], "metadata": ""}},
    )
    assert "only the modules the run used" in told(restore_environment(run, into, means=means), "code")["mine"]


def test_nothing_that_is_reported_names_an_address_or_a_path(
    make_run: MakeRun, means: Means, shop: Any, into: Path
) -> None:
    found = restore_environment(make_run(), into, means=means)
    text = json.dumps([found.restored, found.causes])
    assert str(shop.folder) not in text
    assert "://" not in text
