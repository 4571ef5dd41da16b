"""``nbtrack doctor`` says whether JupyterLab shows runs, and what to do when it does not."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from nbtrack.hosts.cli import Terminal, cli
from nbtrack.hosts.lab_side import told


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def installed(folder: Path, *, page: bool = True, server: bool | None = True) -> None:
    if page:
        write(folder / "ext" / "nbtrack-labextension" / "package.json", {})
    if server is not None:
        extensions = {"ServerApp": {"jpserver_extensions": {"nbtrack": server}}}
        write(folder / "etc" / "jupyter_server_config.d" / "nbtrack.json", extensions)


def said(folder: Path) -> str:
    return "\n".join(told([folder / "none", folder / "ext"], [folder / "own", folder / "etc"]))


def test_both_halves_are_there(tmp_path: Path) -> None:
    installed(tmp_path)
    assert said(tmp_path) == "JupyterLab: the runs panel and its server side are installed"


def test_a_checkout_without_node_is_told_how_to_build_the_panel(tmp_path: Path) -> None:
    installed(tmp_path, page=False)
    assert "not built" in said(tmp_path)
    assert "make labextension" in said(tmp_path)


def test_a_server_side_that_somebody_disabled_is_named_with_the_command_that_enables_it(tmp_path: Path) -> None:
    installed(tmp_path)
    write(tmp_path / "own" / "jupyter_server_config.json", {"ServerApp": {"jpserver_extensions": {"nbtrack": False}}})
    assert said(tmp_path).endswith("jupyter server extension enable nbtrack")


def test_a_panel_that_somebody_disabled_is_named(tmp_path: Path) -> None:
    installed(tmp_path)
    write(tmp_path / "own" / "labconfig" / "page_config.json", {"disabledExtensions": {"nbtrack-labextension": True}})
    assert "is disabled" in said(tmp_path)


def test_files_that_are_no_configuration_say_nothing(tmp_path: Path) -> None:
    installed(tmp_path)
    write(tmp_path / "own" / "jupyter_server_config.d" / "odd.json", ["ServerApp"])
    (tmp_path / "own" / "jupyter_server_config.json").write_text("{")
    assert "are installed" in said(tmp_path)


def test_doctor_says_it(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("NBTRACK_STORE", str(tmp_path / ".nbtrack"))
    result = CliRunner().invoke(cli, ["doctor"], obj=Terminal())
    assert "JupyterLab: " in result.output
