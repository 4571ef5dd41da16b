"""What git is told about the files of a store, so that runs can be committed, and clones merged without conflicts.

Why each line is there stands in ``docs/sharing.md``. A file that somebody edited is theirs: only texts that an earlier
version wrote are brought up to date.
"""

from typing import Final

_COLLAPSED: Final = "linguist-generated gitlab-generated"  # shown on request in reviews on GitHub and GitLab

ATTRIBUTES: Final = f"""\
# Written by nbtrack; docs/sharing.md says why. Bytes stay as they are: every record has a checksum.
* -text -filter -ident -working-tree-encoding
*.jsonl merge=union {_COLLAPSED}
store.json merge=union
*.block binary {_COLLAPSED}
packs/** binary {_COLLAPSED}
cas/** binary {_COLLAPSED}
"""
IGNORED: Final = "cache/\ntmp/\nlive/\ncas/\nlocks/\ntrash/\nquarantine/\nconfig.toml\n"
EARLIER: Final = {
    ".gitattributes": (ATTRIBUTES, frozenset({"*.jsonl -text merge=union\n"})),
    ".gitignore": (IGNORED, frozenset({"cache/\ntmp/\nlive/\ncas/\n"})),
}
"""For each file its text, and those that earlier versions wrote."""
