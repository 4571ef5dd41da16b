"""Files that are nobody's data are left out."""

from __future__ import annotations

import sysconfig
import tempfile
from pathlib import Path

import pytest

from nbtrack.capture.data.left_out import Places

HOME = str(Path.home())
TEMPORARY = tempfile.gettempdir()


@pytest.mark.parametrize(
    "path",
    [
        "/proc/cpuinfo",
        "/dev/urandom",
        "/etc/localtime",
        "/usr/share/zoneinfo/UTC",
        f"{sysconfig.get_paths()['purelib']}/sklearn/datasets/data/iris.csv",
        f"{sysconfig.get_paths()['stdlib']}/pydoc_data/topics.txt",
        f"{HOME}/.cache/matplotlib/fontlist-v390.json",
        f"{HOME}/.ipython/profile_default/history.sqlite",
        f"{TEMPORARY}/tmpab12cd34/part.csv",
        "/data/project/.git/HEAD",
        "/data/project/.nbtrack/store.json",
        "/data/project/.ipynb_checkpoints/x.csv",
        "/data/project/lib/module.py",
        "/data/project/src/plots.egg-info/entry_points.txt",
        "/data/project/wheels/plots-1.0.dist-info/METADATA",
        "/data/project/__pycache__/module.cpython-311.pyc",
        "/data/project/fonts/Inter.ttf",
        "/data/project/other.ipynb",
        "/data/project/.env",
        "/data/project/credentials.json",
        f"{HOME}/.ssh/id_ecdsa",
        "/data/elsewhere/store/runs/ev-1.jsonl",
    ],
)
def test_code_caches_tools_secrets_and_the_systems_files_are_no_data(path: str) -> None:
    assert not Places("/data/project", "/data/elsewhere/store").have(path)


@pytest.mark.parametrize(
    "path",
    [
        "/data/project/x.csv",
        "/data/other/x.parquet",
        f"{HOME}/data/x.csv",
        f"{HOME}/scikit_learn_data/covertype/samples.npy",
        "/opt/ml/input/train.csv",
        "/data/project/environment.csv",
        "/data/project/tmp/tmpab12cd34.csv",
        "/data/project/store/x.csv",
        "/data/project/git_history.csv",
        "/data/project/dist-info/x.csv",
    ],
)
def test_what_lies_anywhere_else_is_data(path: str) -> None:
    assert Places("/data/project", "/data/elsewhere/store").have(path)


def test_a_notebook_among_temporary_files_has_its_data_there(tmp_path: Path) -> None:
    folder = f"{TEMPORARY}/project"
    found = {name: Places(folder).have(f"{TEMPORARY}/{name}") for name in ("project/x.csv", "x.csv", "tmpab12cd34")}
    assert found == {"project/x.csv": True, "x.csv": True, "tmpab12cd34": False}
    assert Places(f"{TEMPORARY}/tmpab12cd34").have(f"{TEMPORARY}/tmpab12cd34/x.csv")


def test_a_notebook_in_a_folder_of_a_tool_has_its_data_there() -> None:
    assert Places(f"{HOME}/.cache/work").have(f"{HOME}/.cache/work/x.csv")
    assert Places("/srv/node_modules/p").have("/srv/node_modules/p/x.csv")
    assert not Places("/srv/node_modules/p").have("/srv/node_modules/q/x.csv")


def test_the_settings_of_keras_are_no_data_and_what_it_downloaded_beside_them_is() -> None:
    assert not Places(f"{HOME}/work").have(f"{HOME}/.keras/keras.json")
    assert Places(f"{HOME}/work").have(f"{HOME}/.keras/datasets/mnist.npz")
