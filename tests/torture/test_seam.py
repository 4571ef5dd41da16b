"""Every call that changes a store goes through one object, or faults could not be tried and crashes not be told."""

import ast
from pathlib import Path

from nbtrack.store.system import disk

_STORE = Path(disk.__file__).parent
_CALLS = {
    "link", "mkdir", "makedirs", "remove", "removedirs", "rename", "renames", "replace", "rmdir",
    "symlink", "symlink_to", "hardlink_to", "touch", "truncate", "ftruncate", "unlink", "utime", "write_bytes",
    "write_text", "fsync", "fdatasync", "pwrite", "writev", "rmtree", "copytree", "copyfile", "move",
}  # fmt: skip
# What else may change something, each with the reason why no promise rests on it.
_ALLOWED = {
    "compaction.py:replace": "a method of its own",
    "repair.py:move": "a method of its own",
    "folders.py:mkdir": "restores into a person's folder, outside of any store",
    "folders.py:rename": "as above",
    "folders.py:symlink_to": "as above",
    "objects.py:unlink": "takes back what it could not restore into a person's folder",
}
_OWN = {"disk", "seam", "self", "text", "str"}


def calls(path: Path) -> set[str]:
    """Return the names of methods called in a module that look like changes of a disk, on anything but the seam."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CALLS:
            target = node.func.value
            of_seam = isinstance(target, ast.Name) and target.id in _OWN
            of_part = isinstance(target, ast.Attribute) and target.attr in {"_disk", "disk"}
            on_text = (node.func.attr == "replace" and len(node.args) == 2) or bool(node.keywords)
            if not (of_seam or of_part or on_text):
                found.add(f"{path.name}:{node.func.attr}")
    return found


def test_no_module_of_the_store_changes_a_disk_behind_the_seam() -> None:
    found = set().union(*(calls(path) for path in _STORE.rglob("*.py") if path.name != "disk.py"))
    assert found - _ALLOWED.keys() == set()
