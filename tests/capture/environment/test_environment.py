"""The environment of a run: what is installed, where it came from, what it ran on."""

import importlib.metadata
import json
import os
import re
import sys
import time
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from nbtrack.capture.environment.environment import Environment, Probe, environment


def install(folder: Path, name: str, version: str, direct_url: object = None) -> Path:
    record = folder / f"{name}-{version}.dist-info"
    record.mkdir(parents=True)
    if direct_url is not None:
        (record / "direct_url.json").write_text(json.dumps(direct_url))
    return record


def settle(*folders: Path) -> None:
    """Make folders look unchanged for an hour, as those of a running kernel are."""
    for folder in folders:
        os.utime(folder, (time.time() - 3600,) * 2)


def probe(*folders: Path, proc: Path = Path("/nowhere"), **variables: str) -> Probe:
    return Probe([str(folder) for folder in folders], variables, proc)


def test_packages_are_those_importlib_finds() -> None:
    expected = {
        re.sub(r"[-_.]+", "-", found.name).lower(): found.version
        for found in reversed(list(importlib.metadata.distributions()))
    }
    assert environment().document["packages"] == expected


def test_the_interpreter_is_named_without_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(Path(sys.executable).parent.parent))
    document = probe().read().document
    assert document["executable"] == f"~/bin/{Path(sys.executable).name}"
    assert document["python"] == ".".join(map(str, sys.version_info[:3]))
    assert document["implementation"] == sys.implementation.name


def test_an_unchanged_environment_is_the_same_object_and_digest(tmp_path: Path) -> None:
    install(tmp_path, "numpy", "2.4.6")
    settle(tmp_path)
    reader = probe(tmp_path)
    first = reader.read()
    assert reader.read() is first
    assert probe(tmp_path).read() == first


def test_an_installed_package_changes_the_digest(tmp_path: Path) -> None:
    install(tmp_path, "numpy", "2.4.6")
    reader = probe(tmp_path)
    before = reader.read()
    install(tmp_path, "torch", "2.9.0+cu128")
    after = reader.read()
    assert after.document["packages"] == {"numpy": "2.4.6", "torch": "2.9.0+cu128"}
    assert before.digest != after.digest


def test_a_change_within_the_clocks_tick_is_seen(tmp_path: Path) -> None:
    reader = probe(tmp_path)
    stamp = time.time_ns()
    os.utime(tmp_path, ns=(stamp, stamp))
    reader.read()
    install(tmp_path, "late", "1.0")
    os.utime(tmp_path, ns=(stamp, stamp))
    assert reader.read().document["packages"] == {"late": "1.0"}


def test_the_first_folder_on_the_path_wins_and_names_are_normal(tmp_path: Path) -> None:
    install(tmp_path / "a", "Ruamel.Yaml", "1.0")
    install(tmp_path / "b", "ruamel_yaml", "0.9")
    install(tmp_path / "b", "~umpy", "1.0")
    (tmp_path / "b" / "legacy-3.1-py3.11.egg-info").write_text("")
    (tmp_path / "b" / "develop.egg-info").mkdir()
    (tmp_path / "b" / "develop.egg-info" / "PKG-INFO").write_text(
        "Metadata-Version: 2.1\nName: develop\nVersion: 0.1.dev3\n"
    )
    (tmp_path / "b" / "nothing.egg-info").mkdir()
    packages = probe(tmp_path / "a", tmp_path / "b").read().document["packages"]
    assert packages == {"develop": "0.1.dev3", "legacy": "3.1", "nothing": "unknown", "ruamel-yaml": "1.0"}


def test_of_two_records_of_one_package_the_newer_counts(tmp_path: Path) -> None:
    new = install(tmp_path, "numpy", "2.1.0")
    old = install(tmp_path, "numpy", "2.4.0")
    settle(old)
    assert new.stat().st_mtime > old.stat().st_mtime
    assert probe(tmp_path).read().document["packages"] == {"numpy": "2.1.0"}


def test_origins_say_where_packages_came_from_without_credentials_or_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    token = "t" * 20
    vcs = {"vcs": "git", "commit_id": "c0ffee", "requested_revision": "main"}
    install(tmp_path, "index", "1.0")
    install(tmp_path, "edited", "1.0", {"url": "file:///home/someone/src/edited", "dir_info": {"editable": True}})
    install(tmp_path, "folder", "1.0", {"url": "file:///srv/folder", "dir_info": {}})
    install(tmp_path, "cloned", "1.0", {"url": f"https://{token}@example.org/x.git", "vcs_info": vcs})
    install(tmp_path, "wheel", "1.0", {"url": "https://example.org/w.whl?sig=x", "archive_info": {"hash": "sha256=ab"}})
    for name, content in (
        ("odd", []),
        ("odder", {"url": 3, "vcs_info": {"x": 1}}),
        ("oddest", {"url": "", "dir_info": 1}),
    ):
        install(tmp_path, name, "1.0", content)
    (install(tmp_path, "broken", "1.0") / "direct_url.json").write_bytes(b"\xff{")
    unknown = {"kind": "unknown"}
    assert probe(tmp_path).read().document["origins"] == {
        "broken": unknown,
        "cloned": {"kind": "vcs", "url": "git+https://example.org/x.git", "commit": "c0ffee"},
        "edited": {"kind": "editable", "url": "~/src/edited"},
        "folder": {"kind": "local", "url": "/srv/folder"},
        "odd": unknown,
        "odder": unknown,
        "oddest": unknown,
        "wheel": {"kind": "archive", "url": "https://example.org/w.whl", "hash": "sha256=ab"},
    }


def test_only_listed_variables_are_recorded(tmp_path: Path) -> None:
    found = probe(tmp_path, OMP_NUM_THREADS="4", OPENAI_API_KEY="x" * 20, USER="me", PYTHONHASHSEED="0").read()
    assert found.document["variables"] == {"OMP_NUM_THREADS": "4", "PYTHONHASHSEED": "0"}


def test_a_changed_variable_is_a_changed_environment(tmp_path: Path) -> None:
    variables = {"CUDA_VISIBLE_DEVICES": "0"}
    reader = Probe([str(tmp_path)], variables)
    before = reader.read()
    variables["CUDA_VISIBLE_DEVICES"] = "1"
    assert reader.read().digest != before.digest


def kernel(tmp_path: Path, *models: str) -> Path:
    """A /proc such as a machine with these cards has."""
    (tmp_path / "cpuinfo").write_text(
        "processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC 7B13\ncpu MHz\t: 2449\n"
    )
    driver = tmp_path / "driver" / "nvidia"
    for at, model in enumerate(models):
        (driver / "gpus" / f"0000:0{at}:00.0").mkdir(parents=True)
        (driver / "gpus" / f"0000:0{at}:00.0" / "information").write_text(
            f"Model: \t\t {model}\nIRQ:   \t\t 36\nGPU UUID: \t GPU-1\n"
        )
    if models:
        release = (
            "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.124.06  Release Build  (root@x)  Tue Feb 25\n"
        )
        (driver / "version").write_text(f"{release}GCC version:  gcc version 12.2.0 (Debian)\n")
    return tmp_path


def test_the_cards_are_named_and_counted(tmp_path: Path) -> None:
    hardware = dict(probe(proc=kernel(tmp_path, "NVIDIA A100-SXM4-40GB", "NVIDIA A100-SXM4-40GB")).read().hardware)
    assert hardware.pop("cores") == os.cpu_count()
    assert isinstance(hardware.pop("ram_gb"), float)
    assert hardware == {
        "cpu": "AMD EPYC 7B13",
        "machine": os.uname().machine,
        "gpu": "NVIDIA A100-SXM4-40GB",
        "gpu_count": 2,
        "gpu_driver": "570.124.06",
    }


def test_different_cards_are_all_named(tmp_path: Path) -> None:
    hardware = probe(proc=kernel(tmp_path, "NVIDIA T4", "NVIDIA A100")).read().hardware
    assert (hardware["gpu"], hardware["gpu_count"]) == ("NVIDIA A100, NVIDIA T4", 2)


def test_a_machine_without_a_card_has_no_word_of_one(tmp_path: Path) -> None:
    hardware = probe(proc=kernel(tmp_path)).read().hardware
    assert not [name for name in hardware if name.startswith("gpu")]


def test_the_older_drivers_version_is_read_too(tmp_path: Path) -> None:
    proc = kernel(tmp_path, "NVIDIA T4")
    (proc / "driver/nvidia/version").write_text(
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.129.03  Thu Oct 19 18:56:32\n"
    )
    assert probe(proc=proc).read().hardware["gpu_driver"] == "535.129.03"


def test_folders_that_are_missing_zipped_or_impossible_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "python311.zip").write_bytes(b"PK")
    found = Probe([str(tmp_path / "gone"), str(tmp_path / "python311.zip"), "a\x00b"], {}).read()
    assert ("packages" in found.document, found.problems) == (False, ())


def test_a_part_that_cannot_be_read_is_left_out_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "numpy", "1.0")
    monkeypatch.setattr(sys, "executable", None)
    found = probe(tmp_path).read()
    assert found.problems == ("executable",)
    assert "executable" not in found.document
    assert found.document["packages"] == {"numpy": "1.0"}


def test_an_environment_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        environment().digest = "x"  # type: ignore[misc]  # the point


def test_the_document_is_json_of_plain_words() -> None:
    found = environment()
    assert isinstance(found, Environment)
    assert json.loads(json.dumps([found.document, found.hardware], allow_nan=False)) == [found.document, found.hardware]
