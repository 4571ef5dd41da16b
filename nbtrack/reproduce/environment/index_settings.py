"""Where packages are looked for: uv reads none of pip's settings, so that who has set up pip only is still served."""

import configparser
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

NO_INDEX: Final = "UV_NO_INDEX"
_YES: Final = frozenset({"1", "true", "yes", "on"})
_OF_UV: Final = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", NO_INDEX)
_MEANS: Final = {  # pip's option -> uv's variable, and what stands between several values there
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
}
_CONFIGURED: Final = ("[[index]]", "index-url", "find-links", "[[tool.uv.index]]", "no-index")


def for_uv(variables: Mapping[str, str]) -> dict[str, str]:
    """Return uv's variables for what the person has told pip; nothing where uv itself was told about indexes.

    ``UV_NO_INDEX`` is ours: uv has only the option ``--no-index``.

    >>> for_uv({"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels /more", "PIP_CONFIG_FILE": "/dev/null"})
    {'UV_FIND_LINKS': '/wheels,/more', 'UV_NO_INDEX': '1'}
    """
    if any(variables.get(name) for name in _OF_UV) or _uv_is_configured(variables):
        return {}
    told = _of_pip(variables)
    found = {name: between.join(told[option].split()) for option, (name, between) in _MEANS.items() if told.get(option)}
    if told.get("no-index", "").lower() in _YES:
        found[NO_INDEX] = "1"
    if "extra-index-url" in told and "UV_INDEX_STRATEGY" not in variables:
        found["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # as pip looks: in all of them
    certificates = told.get("cert")
    if certificates and not variables.get("SSL_CERT_FILE"):
        found["SSL_CERT_FILE"] = certificates
    proxy = told.get("proxy")
    return {**found, **({"ALL_PROXY": proxy} if proxy and not variables.get("ALL_PROXY") else {})}


def _of_pip(variables: Mapping[str, str]) -> dict[str, str]:
    """Return pip's options: the later file counts more, variables most."""
    found: dict[str, str] = {}
    for file in _files(variables):
        parser = configparser.RawConfigParser()
        try:
            parser.read(file, encoding="utf-8")
        except (configparser.Error, OSError, UnicodeDecodeError):
            continue
        for section in ("global", "install"):
            if parser.has_section(section):
                found |= {name.lower().replace("_", "-"): value for name, value in parser.items(section)}
    mine = {
        name.removeprefix("PIP_").lower().replace("_", "-"): each
        for name, each in variables.items()
        if name[:4] == "PIP_"
    }
    return found | mine


def _files(variables: Mapping[str, str]) -> Iterator[Path]:
    """Yield the files that pip reads, in its order (pip documentation, "Configuration Files")."""
    named = variables.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    home = Path(variables.get("HOME") or Path.home())
    yield Path("/etc/pip.conf")
    for folder in (variables.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep):
        yield Path(folder, "pip", "pip.conf")
    yield home / ".pip" / "pip.conf"
    yield Path(variables.get("XDG_CONFIG_HOME") or home / ".config", "pip", "pip.conf")
    yield Path(variables.get("APPDATA") or home, "pip", "pip.ini")
    yield Path(sys.prefix, "pip.ini" if os.name == "nt" else "pip.conf")
    if named:
        yield Path(named)


def _uv_is_configured(variables: Mapping[str, str]) -> bool:
    """Tell whether one of uv's own files says where packages are."""
    home = Path(variables.get("HOME") or Path.home())
    here = Path.cwd()
    files = [Path(variables.get("XDG_CONFIG_HOME") or home / ".config", "uv", "uv.toml"), Path("/etc/uv/uv.toml")]
    files += [folder / name for folder in (here, *here.parents) for name in ("uv.toml", "pyproject.toml")]
    if variables.get("UV_CONFIG_FILE"):
        files.append(Path(variables["UV_CONFIG_FILE"]))
    return any(_says_where(file) for file in files)


def _says_where(file: Path) -> bool:
    try:
        text = file.read_text("utf-8", errors="replace")
    except OSError:
        return False
    if file.name == "pyproject.toml" and "tool.uv" not in text:
        return False
    return any(word in text for word in _CONFIGURED)


def link_folders(variables: Mapping[str, str]) -> list[Path]:
    """Return the folders of this machine in which the person keeps wheels."""
    told = variables.get("UV_FIND_LINKS", "").split(",")
    places = [Path(each.strip().removeprefix("file://")).expanduser() for each in told if each.strip()]
    return [place for place in places if place.is_dir()]
