"""The files and marks an environment is told from: conda, lock files, containers, limits, imported packages."""

import builtins
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from nbtrack.capture.environment import imported, numerics
from nbtrack.capture.environment.conda import Conda
from nbtrack.capture.environment.container import container
from nbtrack.capture.environment.imported import Imported
from nbtrack.capture.environment.limits import cores_usable, memory_limit
from nbtrack.capture.environment.lock_files import LockFiles


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


# conda


def conda(folder: Path, **variables: str) -> Conda:
    return Conda(str(folder), variables)


def test_conda_packages_are_told_with_build_and_channel_without_its_token(tmp_path: Path) -> None:
    records = tmp_path / "envs" / "ml" / "conda-meta"
    records.mkdir(parents=True)
    token = "x" * 20
    for name, channel in (
        ("numpy-2.1.0-py311h71d4_0", "https://conda.example.org/t/" + token + "/main"),
        ("ca-certificates-2026.1.1-hbd_1", "https://me:pass@conda.example.org/main"),
    ):
        (records / f"{name}.json").write_text(json.dumps({"build": "x", "channel": channel}, indent=2))
    (records / "history").write_text("")
    found = conda(records.parent, CONDA_DEFAULT_ENV="")
    assert found.name() == "ml"
    assert found.packages() == [
        {
            "name": "ca-certificates",
            "version": "2026.1.1",
            "build": "hbd_1",
            "channel": "https://conda.example.org/main",
        },
        {
            "name": "numpy",
            "version": "2.1.0",
            "build": "py311h71d4_0",
            "channel": "https://conda.example.org/t/[redacted:url]/main",
        },
    ]
    assert conda(records.parent, CONDA_DEFAULT_ENV="base").name() == "base"


def test_outside_of_conda_there_are_no_packages(tmp_path: Path) -> None:
    assert conda(tmp_path).packages() is None


# lock files


def test_lock_files_beside_the_notebook_come_before_those_of_the_repository(tmp_path: Path) -> None:
    write(
        tmp_path, **{"uv.lock": "top", "pyproject.toml": "p", "nb__uv.lock": "beside", "nb__requirements-dev.txt": "r"}
    )
    write(tmp_path, **{"requirements.in": "no", "nb__notes.txt": "no"})
    found = LockFiles().read([tmp_path / "nb", tmp_path])
    assert found == {"uv.lock": b"beside", "requirements-dev.txt": b"r", "pyproject.toml": b"p"}


def test_a_changed_lock_file_is_read_again_and_a_huge_one_never(tmp_path: Path) -> None:
    files = LockFiles()
    write(tmp_path, **{"uv.lock": "one", "poetry.lock": "x" * (5 << 20)})
    assert files.read([tmp_path]) == {"uv.lock": b"one"}
    write(tmp_path, **{"uv.lock": "three"})
    assert files.read([tmp_path]) == {"uv.lock": b"three"}
    (tmp_path / "uv.lock").unlink()
    os.mkfifo(tmp_path / "uv.lock")
    assert files.read([tmp_path]) == {}


# containers


@pytest.mark.parametrize(
    ("files", "variables", "expected"),
    [
        ({}, {}, None),
        ({".dockerenv": ""}, {}, {"kind": "docker"}),
        (
            {"proc__self__mountinfo": f"1 /var/lib/docker/containers/{'ab' * 32}/hostname /etc/hostname"},
            {"NBTRACK_IMAGE": f"me:pw@registry.example.org/lab@sha256:{'0' * 64}"},
            {
                "kind": "docker",
                "image": f"registry.example.org/lab@sha256:{'0' * 64}",
                "digest": f"sha256:{'0' * 64}",
                "id": "abababababab",
            },
        ),
        (
            {"run__.containerenv": 'engine="podman"\nimage="localhost/lab:1"\n'},
            {},
            {"kind": "podman", "image": "localhost/lab:1"},
        ),
        ({".dockerenv": ""}, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, {"kind": "kubernetes"}),
        ({}, {"APPTAINER_CONTAINER": "/srv/lab.sif"}, {"kind": "apptainer", "image": "/srv/lab.sif"}),
        ({}, {"JUPYTER_IMAGE_SPEC": "quay.example.org/x:2"}, {"kind": "unknown", "image": "quay.example.org/x:2"}),
    ],
)
def test_containers_are_known_by_their_marks(
    tmp_path: Path, files: dict[str, str], variables: dict[str, str], expected: object
) -> None:
    assert container(write(tmp_path, **files), variables) == expected


# limits


def test_the_least_of_all_limits_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    assert cores_usable(tmp_path) == 8
    write(tmp_path, **{"cpu.max": "max 100000", "job__cpu.max": "250000 100000", "job__memory.max": str(3 << 29)})
    assert (cores_usable(tmp_path, "/job"), memory_limit(tmp_path, "/job")) == (2.5, 1.5)
    assert (cores_usable(tmp_path), memory_limit(tmp_path)) == (8, None)


def test_limits_of_the_older_kind_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    write(tmp_path, **{"cpu__cpu.cfs_quota_us": "400000", "cpu__cpu.cfs_period_us": "100000"})
    write(tmp_path, **{"memory__memory.limit_in_bytes": str(1 << 30)})
    assert (cores_usable(tmp_path), memory_limit(tmp_path)) == (4, 1)
    write(tmp_path, **{"cpu__cpu.cfs_quota_us": "-1", "memory__memory.limit_in_bytes": "9223372036854771712"})
    assert (cores_usable(tmp_path), memory_limit(tmp_path)) == (None, None)


# imported packages


def test_loaded_modules_are_led_back_to_their_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = str(tmp_path)
    records = {
        "pyyaml": "PyYAML-6.0.dist-info",
        "pillow": "pillow-11.dist-info",
        "numpy": "numpy-2.dist-info",
        "unused": "unused-1.dist-info",
        "google-api": "google_api-1.dist-info",
    }
    write(
        tmp_path,
        **{
            "PyYAML-6.0.dist-info__top_level.txt": "_yaml\nyaml\n",
            "pillow-11.dist-info__RECORD": "PIL/Image.py,sha256=x,1\npillow-11.dist-info/RECORD,,\n",
            "unused-1.dist-info__RECORD": "other/__init__.py,sha256=x,1\n",
            "google_api-1.dist-info__RECORD": "google/api/http.py,sha256=x,1\n",
        },
    )
    monkeypatch.setattr(imported, "installed", lambda: {site: records})
    files = {"yaml": "yaml/__init__.py", "PIL.Image": "PIL/Image.py", "numpy": "numpy/__init__.py"}
    modules: dict[str, Any] = {"json": sys.modules["json"], "sys": sys, "google": ModuleType("google")}
    for name, file in {**files, "google.api.http": "google/api/http.py"}.items():
        modules[name] = ModuleType(name)
        modules[name].__file__ = f"{site}/{file}"
    modules["unused"] = ModuleType("unused")
    modules["unused"].__file__ = "/my/own/unused.py"
    assert Imported().packages(modules) == ["google-api", "numpy", "pillow", "pyyaml"]


def test_what_this_process_imported_is_found() -> None:
    import yaml

    found = Imported().packages({**sys.modules, "yaml": yaml})
    assert {"pytest", "pyyaml"} <= set(found)
    assert "nbtrack" not in found


# what computes the numbers


def torch(*, awake: bool) -> Any:
    def version() -> int:
        assert awake, "asking for cuDNN's version wakes the GPU"
        return 90100

    cudnn = SimpleNamespace(version=version, deterministic=True, benchmark=False)
    return SimpleNamespace(
        cuda=SimpleNamespace(is_initialized=lambda: awake),
        backends=SimpleNamespace(cudnn=cudnn),
        are_deterministic_algorithms_enabled=lambda: True,
        get_float32_matmul_precision=lambda: "highest",
        get_num_threads=lambda: 4,
    )


@pytest.mark.parametrize("awake", [False, True])
def test_torch_tells_its_settings_and_no_gpu_is_woken(*, awake: bool) -> None:
    modules = {"torch": torch(awake=awake), "torch.version": SimpleNamespace(cuda="12.8")}
    found = numerics.numerics(modules)
    found.pop("blas", None)
    assert found == {
        "cuda": "12.8",
        **({"cudnn": "9.1.0"} if awake else {}),
        "threads": {"torch": 4},
        "determinism": {
            "torch.deterministic_algorithms": True,
            "torch.cudnn.deterministic": True,
            "torch.cudnn.benchmark": False,
            "torch.float32_matmul_precision": "highest",
        },
    }


def test_tensorflow_tells_what_it_was_built_for() -> None:
    built = SimpleNamespace(build_info={"cuda_version": "12.5", "cudnn_version": "9"})
    assert numerics.numerics({"tensorflow.python.platform.build_info": built}) == {"cuda": "12.5", "cudnn": "9"}


def test_a_half_loaded_library_leaves_its_questions_open() -> None:
    assert numerics.numerics({"torch.version": None, "tensorflow.python.platform.build_info": object()}) == {}


def test_blas_is_told_without_where_it_lies() -> None:
    import numpy as np

    found: Any = numerics.numerics({"numpy": np})["blas"]
    assert found
    assert all(set(about) <= {"version", "threads", "architecture", "layer"} for about in found.values())


class FakePools(numerics.Pools):
    """Libraries in the order in which they were loaded."""

    def __init__(self, libraries: list[dict[str, str]]) -> None:
        self._libraries = libraries

    def told(self) -> list[Any]:
        return self._libraries


def test_of_several_copies_of_a_library_numpys_is_told_whichever_was_loaded_first() -> None:
    copies = [
        {"internal_api": "openblas", "version": "0.3.30", "filepath": "/env/scipy.libs/libscipy_openblas.so"},
        {"internal_api": "openblas", "version": "0.3.31", "filepath": "/env/numpy.libs/libscipy_openblas64.so"},
    ]
    for order in (copies, copies[::-1]):
        found = numerics.numerics({"numpy": object()}, FakePools(order))
        assert found["blas"] == {"openblas": {"version": "0.3.31"}}


def test_looking_at_blas_leaves_the_environment_and_the_import_of_what_looks_to_the_cell() -> None:
    code = (
        "import os, sys, numpy\nfrom nbtrack.capture.environment.numerics import numerics\nbefore = dict(os.environ)\n"
        "told = 'blas' in numerics()\nprint(told, dict(os.environ) == before, 'threadpoolctl' in sys.modules)\n"
        "import threadpoolctl\nprint(os.environ['KMP_DUPLICATE_LIB_OK'])"
    )
    variables = {name: value for name, value in os.environ.items() if name != "KMP_DUPLICATE_LIB_OK"}
    done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=True)
    assert done.stdout == "True True False\nTrue\n"


def test_libraries_are_looked_for_once_and_asked_for_their_threads_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np
    import threadpoolctl

    looks: list[object] = []
    ours = numerics._own_threadpoolctl()
    look = ours.ThreadpoolController

    def counted() -> object:
        looks.append(None)
        return look()

    monkeypatch.setattr(ours, "ThreadpoolController", counted)
    pools = numerics.Pools()
    for threads in (1, 2):
        with threadpoolctl.threadpool_limits(threads):
            found: Any = numerics.numerics({"numpy": np}, pools)["blas"]
        assert {about["threads"] for about in found.values()} == {threads}
    assert len(looks) == 1
    monkeypatch.setitem(sys.modules, "one_more_module", np)
    pools.told()
    assert len(looks) == 2


def test_an_open_that_somebody_replaced_is_not_called_to_look(monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np

    asked: list[object] = []
    genuine = builtins.open
    monkeypatch.setattr(builtins, "open", lambda *args, **named: asked.append(args) or genuine(*args, **named))
    assert numerics.numerics({"numpy": np}, numerics.Pools())["blas"]
    assert asked == []
