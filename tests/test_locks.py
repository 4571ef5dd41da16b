"""Lock files pin what is installed, by hash, and name no host: whoever installs asks the registry they trust."""

import json
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_lock_of_python_packages_has_hashes_and_no_address() -> None:
    text = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index-url" not in text
    pins = [line for line in text.splitlines() if "==" in line]
    assert pins
    assert all(line.endswith("\\") for line in pins), "each pin is followed by its hashes"


def test_the_lock_of_npm_packages_has_hashes_and_no_address() -> None:
    lock = json.loads((ROOT / "labextension" / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: each for name, each in lock["packages"].items() if name.startswith("node_modules/")}
    assert packages
    assert not [name for name, each in packages.items() if "resolved" in each]
    assert not [name for name, each in packages.items() if "integrity" not in each and not each.get("inBundle")]
