"""Which magics and shell commands a later result may depend on, so that their cell stays in every slice."""

import re

from nbtrack.capture.syntax.flow import Magic

# What measures, shows or sets up the session itself; every other magic may do anything.
_HARMLESS = frozenset(
    "time timeit capture prun lprun memit mprun track runs compare diff nbtrack load_ext reload_ext unload_ext "
    "autoreload matplotlib config who whos who_ls history hist pinfo pinfo2 pdoc pdef psource pfile lsmagic magic "
    "xmode precision pprint html HTML markdown latex svg javascript js debug pdb tb pwd ls ll la lf lk dhist quickref "
    "recall rerun notebook page pycat psearch alias_magic colors automagic logstart logstop logstate logon logoff "
    "connect_info".split()
)
_LOOKING = re.compile(
    r"\s*(?:ls|ll|pwd|cat|head|tail|wc|du|df|free|nvidia-smi|which|echo|date|whoami|hostname|uname|lscpu|tree|file|nproc"
    r"|(?:python\d?|pip\d?|conda|uv|git)\s+(?:--version|-V|list|show|freeze|status|log|diff|info)\b)(?:\s[^>|;&]*)?$"
)


def magic_barrier(magic: Magic) -> str | None:
    """Return why the cell of a magic belongs to every later run, or None when nothing can depend on it."""
    if magic.kind == "shell":
        return (
            None if _LOOKING.match(magic.text) else f"!{magic.text.split(maxsplit=1)[0] if magic.text.split() else ''}"
        )
    if magic.kind == "python" or magic.name in _HARMLESS:
        return None
    return f"{'%%' if magic.kind == 'cell' else '%'}{magic.name}"
