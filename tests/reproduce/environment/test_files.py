"""The environment of a run as files: pinned by hashes, complete for a builder, and nothing private in them."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nbtrack.errors import UsageError
from nbtrack.model.run import Run
from nbtrack.reproduce.environment.dockerfile import quoted
from nbtrack.reproduce.environment.files import EnvironmentFiles, environment_files
from nbtrack.reproduce.environment.means import Means
from tests.reproduce.environment.wheels import sha256

MakeRun = Callable[..., Run]
COMMIT = "50ef8c67e7755279fa862b7492e663a6fcf79b41"


@pytest.fixture
def files(make_run: MakeRun, means: Means) -> EnvironmentFiles:
    return environment_files(make_run(code={"commit": COMMIT}), means=means)


def instructions(text: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile as a builder reads them: comments gone, lines joined."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines()
    return [(word, rest.strip()) for line in joined if line.strip() for word, _, rest in [line.partition(" ")]]


def test_every_package_is_pinned_by_the_hashes_of_its_files(files: EnvironmentFiles, shop: Any) -> None:
    text = files.files["requirements.txt"]
    pins = [line for line in text.replace(" \\\n", "").splitlines() if not line.startswith("#")]
    assert pins == [
        f"{name}=={shop.made[name][0]}    --hash=sha256:{sha256(shop.made[name][1])}" for name in ("first", "second")
    ]
    assert "requirements-unverified.txt" not in files.files


def test_the_requirements_can_be_installed(files: EnvironmentFiles, means: Means, tmp_path: Path) -> None:
    files.save(tmp_path / "out")
    means.call_uv("venv", "--quiet", "--no-project", "--python", sys.executable, str(tmp_path / "env"))
    requirements = str(tmp_path / "out" / "requirements.txt")
    means.call_uv("pip", "sync", "--require-hashes", "--python", str(tmp_path / "env"), requirements)
    assert (
        subprocess.run([tmp_path / "env" / "bin" / "python", "-c", "import first, second"], check=True).returncode == 0
    )


def test_what_has_no_hash_stands_apart_and_is_named(make_run: MakeRun, means: Means, shop: Any) -> None:
    made = environment_files(make_run(packages={**shop.packages, "second": "9.9"}), means=means)
    assert "second" not in made.files["requirements.txt"]
    assert "second==9.9" in made.files["requirements-unverified.txt"]
    assert any("no hash is known of second: no index has this version" in note for note in made.notes)


def test_hashes_of_captured_locks_are_used_before_anything_is_asked(make_run: MakeRun, means: Means) -> None:
    lock = "".join(f"{name} --hash=sha256:{'ab' * 32}\n" for name in ("first==1.2.3", "second==2.0"))
    gone = Means(uv=Path("/nowhere/uv"), variables=means.variables)
    made = environment_files(make_run(locks={"requirements.txt": lock.encode()}), means=gone)
    assert made.files["requirements.txt"].count("ab" * 32) == 2


@pytest.mark.slow
def test_without_uv_pip_tells_the_hashes(make_run: MakeRun, means: Means, shop: Any) -> None:
    made = environment_files(make_run(), ["requirements"], means=replace(means, uv=None))
    assert f"--hash=sha256:{sha256(shop.made['first'][1])}" in made.files["requirements.txt"]
    assert any("for this machine only" in note for note in made.notes)


def test_a_dockerfile_follows_the_rules_of_the_trade(files: EnvironmentFiles) -> None:
    told = instructions(files.files["Dockerfile"])
    bases = [rest for word, rest in told if word == "FROM"]
    python = ".".join(map(str, sys.version_info[:3]))
    assert bases == [f"python:{python} AS build", f"python:{python}-slim AS run"]  # pinned, not latest; two stages
    users = [at for at, (word, _) in enumerate(told) if word == "USER"]
    assert told[users[-1]] == ("USER", "runner")
    assert told[-1][0] == "CMD"
    assert json.loads(told[-1][1])[0] == "python"  # as a list: signals reach the program
    known = {"FROM", "WORKDIR", "RUN", "COPY", "LABEL", "ENV", "USER", "CMD"}  # neither ADD nor MAINTAINER
    assert {word for word, _ in told} <= known
    assert all(path.startswith("/") for word, path in told if word == "WORKDIR")
    runs = [rest for word, rest in told if word == "RUN"]
    assert any("--require-hashes" in run and "--no-cache-dir" in run for run in runs)
    assert not any("sudo" in run or "upgrade" in run for run in runs)
    for run in runs:
        assert subprocess.run(["sh", "-n", "-c", run], check=False).returncode == 0


def test_the_image_is_tagged_with_the_commit_and_labelled_with_the_run(files: EnvironmentFiles) -> None:
    text = files.files["Dockerfile"]
    assert f":{COMMIT[:12]} ." in text
    whole = next(rest for word, rest in instructions(text) if word == "LABEL")
    labels = dict(each.split("=", 1) for each in shlex.split(whole))
    assert labels["nbtrack.run"] == files.run.id
    assert labels["org.opencontainers.image.revision"] == COMMIT


def test_whatever_a_container_copies_is_there_and_reaches_the_builder(
    make_run: MakeRun, means: Means, tmp_path: Path, shop: Any
) -> None:
    run = make_run(
        packages={**shop.packages, "mine": "0.7"},
        origins={"mine": {"kind": "editable", "url": "~/mine"}},
        editable={"mine": {"within": None, "paths": [], "metadata": "Name: mine\nVersion: 0.7"}},
    )
    made = environment_files(run, means=means)
    made.save(tmp_path)
    ignored = made.files[".dockerignore"].splitlines()
    assert ignored[0] == "**"
    for word, rest in instructions(made.files["Dockerfile"]):
        if word == "COPY" and "--from=build" not in rest:
            for source in [each for each in rest.split()[:-1] if not each.startswith("--")]:
                assert (tmp_path / source).exists()
                assert f"!{source}" in ignored or f"!{source}**" in ignored
    assert made.files["code/.metadata/mine-0.7.dist-info/METADATA"] == "Name: mine\nVersion: 0.7\n"


def test_names_of_a_run_cannot_add_instructions() -> None:
    word = quoted('x"\nRUN evil \\ $(id)')
    assert "\n" not in word
    assert word == r'"x\" RUN evil \\ \$(id)"'


def test_a_development_container_opens_the_same_image(files: EnvironmentFiles) -> None:
    told = json.loads(files.files[".devcontainer/devcontainer.json"])
    assert told["build"] == {"dockerfile": "../Dockerfile", "context": "..", "target": "run"}
    assert told["remoteUser"] == "runner"


def test_conda_builds_are_named_without_an_address(make_run: MakeRun, means: Means) -> None:
    packages = [
        {
            "name": "numpy",
            "version": "1.26.4",
            "build": "py311_0",
            "channel": "https://conda.anaconda.org/conda-forge/linux-64",
        },
        {"name": "own", "version": "1.0", "build": "0", "channel": "https://conda.example.org/private/noarch"},
        {"name": "bad\nname", "version": "1.0", "build": "0", "channel": "conda-forge"},
    ]
    run = make_run(locks={"conda.json": json.dumps({"name": "e", "packages": packages}).encode()})
    made = environment_files(run, ["conda"], means=means)
    assert made.files["environment.yml"].splitlines() == [
        *("channels:", "  - conda-forge", "dependencies:"),
        *("  - numpy=1.26.4=py311_0", "  - own=1.0=0", "  - pip:", "      - -r requirements.txt"),
    ]
    assert "no public channel is known to have own" in made.notes


def test_a_captured_lock_is_written_only_if_all_it_names_is_public(make_run: MakeRun, means: Means) -> None:
    public = b'version = 1\n[[package]]\nname = "a"\nsource = { registry = "https://pypi.org/simple" }\n'
    private = public.replace(b"pypi.org", b"packages.example.org")
    assert (
        environment_files(make_run(locks={"uv.lock": public}), ["uv"], means=means).files["uv.lock"] == public.decode()
    )
    made = environment_files(make_run(locks={"uv.lock": private}), ["uv"], means=means)
    assert "uv.lock" not in made.files
    assert any("uv.lock was left out" in note for note in made.notes)


def test_nothing_private_is_written(make_run: MakeRun, means: Means, shop: Any) -> None:
    private = b'index = "https://me:hunter2hunter2@index.example.org/simple"\n'
    run = make_run(
        origins={
            "second": {"kind": "vcs", "url": "git+https://git.example.org/second.git", "commit": COMMIT},
            "unused": {"kind": "local", "url": str(Path.home() / "work" / "unused")},
        },
        locks={"pyproject.toml": private},
        code={"commit": COMMIT, "remote": "https://user:tokentoken123@git.example.org/x.git"},
    )
    made = environment_files(run, means=means, everything=True)
    text = json.dumps(dict(made.files)) + json.dumps(made.notes)
    for secret in ("hunter2", "tokentoken123", "index.example.org", str(Path.home()), str(shop.folder)):
        assert secret not in text
    assert f"second @ git+https://git.example.org/second.git@{COMMIT}" in made.files["requirements-unverified.txt"]


def test_files_that_are_there_are_not_replaced_unasked(files: EnvironmentFiles, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM mine\n")
    with pytest.raises(UsageError, match="Dockerfile is there already"):
        files.save(tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["Dockerfile"]
    files.save(tmp_path, replace=True)
    assert "python:" in (tmp_path / "Dockerfile").read_text()


def test_a_format_that_does_not_exist_is_refused(make_run: MakeRun, means: Means) -> None:
    with pytest.raises(UsageError, match="there is no format zip"):
        environment_files(make_run(), ["zip"], means=means)
