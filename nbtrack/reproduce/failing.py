"""Why a program failed, as far as its error tells: a name, module or file that nothing recorded provides."""

import re
from typing import Final

from nbtrack.model.reproduction import Cause

_NAME: Final = re.compile(r"\bNameError: name '([^']{1,200})' is not defined")
_MODULE: Final = re.compile(r"\b(?:ModuleNotFoundError|ImportError): No module named '([^']{1,200})'")
_FILE: Final = re.compile(r"\bFileNotFoundError: \[Errno 2\] [^:\n]{1,80}: '([^'\n]{1,500})'")


def failing(error: str) -> list[Cause]:
    """Return what an error says was not there; nothing where it says something else.

    >>> failing("In [4]: NameError: name 'df' is not defined")[0]["text"]
    'the program reads `df`, which no recorded cell made: it came from elsewhere, such as a thread or another program'
    """
    if found := _NAME.search(error):
        why = "which no recorded cell made: it came from elsewhere, such as a thread or another program"
        return [{"kind": "cell", "name": found[1], "text": f"the program reads `{found[1]}`, {why}"}]
    if found := _MODULE.search(error):
        why = "which was not recorded with the run, so that it could not be restored"
        return [{"kind": "package", "name": found[1], "text": f"the program imports `{found[1]}`, {why}"}]
    if found := _FILE.search(error):
        why = "which nobody heard being read, so that it could not be restored"
        return [{"kind": "data", "name": found[1], "text": f"the program opens {found[1]}, {why}"}]
    return []
