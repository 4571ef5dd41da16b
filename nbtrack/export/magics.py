"""Magics and shell commands in Python's own words; what has none stays as a call to IPython, and is said."""

import ast
import re
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Final

from nbtrack.export.typed import Magic

_INSTALLERS: Final = frozenset({"pip", "conda", "mamba", "micromamba", "uv", "poetry", "apt", "apt-get"})
_SILENT: Final = frozenset(
    "autoreload reload_ext unload_ext config who whos who_ls history hist pinfo pinfo2 pdoc pdef psource "
    "pfile lsmagic magic xmode precision pprint debug pdb tb pwd ls ll la lf lk dhist quickref recall page pycat "
    "psearch colors automagic logstart logstop logstate logon logoff connect_info memit mprun lprun track runs compare "
    "diff nbtrack export reproduce restore matplotlib html HTML markdown latex svg javascript js time timeit".split()
)
_TIMING: Final = frozenset({"timeit", "memit", "lprun", "mprun"})
_OURS: Final = frozenset({"nbtrack", "track", "runs", "compare", "diff", "export", "reproduce", "restore"})
_SHELLS: Final = {"bash": "bash", "sh": "sh", "script": "", "!": "sh", "zsh": "zsh"}
_DOLLAR: Final = re.compile(r"\$\$|\$\{?([A-Za-z_]\w*)\}?")
_SETTING: Final = re.compile(r"([A-Za-z_]\w*)(?:\s*=\s*|\s+)(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Translation:
    """Python in place of a magic, the modules it needs, and - where it is not the same - what to say of it.

    ``text`` is a statement, or an expression for a magic whose value is assigned; empty where nothing takes its place.
    """

    text: str = ""
    needs: tuple[str, ...] = ()
    note: str = ""


def translated(magic: Magic, bound: Collection[str]) -> Translation:
    """Return a magic in Python; ``bound`` are the program's own names, which IPython puts into commands.

    >>> translated(Magic(0, 0, "shell", rest="wc -l {path}"), {"path"}).text
    'subprocess.run(f"wc -l {path}", shell=True, check=False)'
    >>> translated(Magic(0, 0, "line", "env", "OMP_NUM_THREADS=1"), ()).text
    'os.environ["OMP_NUM_THREADS"] = "1"'
    """
    if magic.kind == "help":
        return Translation()
    if magic.kind == "call":
        return Translation(_called(magic.name, magic.rest))
    if magic.kind == "shell":
        return _shell(magic, bound)
    if magic.kind == "cell":
        return _cell(magic, bound)
    return _line(magic, bound)


def _called(sign: str, rest: str) -> str:
    function, _, given = rest.partition(" ")
    if sign == "/":
        return f"{function}({', '.join(given.split())})"
    words = given.split() if sign == "," else [given]
    return f"{function}({', '.join(quoted(word) for word in words)})"


def _shell(magic: Magic, bound: Collection[str]) -> Translation:
    words = magic.rest.split(maxsplit=1)
    installs = (
        words[:1] and words[0] in _INSTALLERS and re.match(r"\S+\s+(?:pip\s+)?(?:install|add|sync)\b", magic.rest)
    )
    if installs or re.match(r"\S*python\S*\s+-m\s+pip\s+install\b", magic.rest):
        return _installs(f"!{magic.rest}", assigned=bool(magic.target))
    command = expanded(magic.rest, bound)
    if magic.target:
        text = f"subprocess.getoutput({command}).splitlines()"
        return Translation(text, ("subprocess",), _list_note(magic))
    return Translation(f"subprocess.run({command}, shell=True, check=False)", ("subprocess",))


def _list_note(magic: Magic) -> str:
    return "" if magic.target.isidentifier() else f"`{magic.target} = !{_brief(magic.rest)}` is a plain list here"


def _installs(said: str, *, assigned: bool) -> Translation:
    return Translation("[]" if assigned else f"# {_brief(said)}  (the environment is listed above)")


def _cell(magic: Magic, bound: Collection[str]) -> Translation:
    name = magic.name
    if name in _SHELLS:
        return _script(magic, bound)
    if name in {"writefile", "file"}:
        return _written(magic)
    if name in _TIMING | _SILENT | {"latex", "markdown", "html", "svg", "javascript"}:
        return Translation(_commented(magic))
    if name in {"python", "python3"}:
        text = f"subprocess.run([sys.executable, {quoted('-c')}, {quoted(magic.body)}], check=True)"
        return Translation(text, ("subprocess", "sys"))
    call = f"get_ipython().run_cell_magic({quoted(name)}, {quoted(magic.rest)}, {quoted(magic.body)})"
    return Translation(call, ("get_ipython",), f"`%%{name}` has no Python of its own: run the file with `ipython`")


def _script(magic: Magic, bound: Collection[str]) -> Translation:
    words = magic.rest.split()
    shell = _SHELLS[magic.name] or (words[0] if words else "sh")
    if any(word in words for word in ("--bg", "--out", "--err")):
        note = f"what `%%{magic.name} {magic.rest}` kept of the output is not kept"
        return Translation(_run_script(shell, magic.body), ("subprocess",), note)
    del bound  # the body of a script is handed on as it is
    return Translation(_run_script(shell, magic.body), ("subprocess",))


def _run_script(shell: str, body: str) -> str:
    return f"subprocess.run([{quoted(shell)}], input={quoted(body)}, text=True, check=True)"


def _written(magic: Magic) -> Translation:
    words = _words(magic.rest)
    names = [word for word in words if not word.startswith("-")]
    if not names:
        return Translation(_commented(magic))
    body = magic.body if magic.body.endswith("\n") else magic.body + "\n"
    path = f"Path({quoted(names[0])})"
    if "-a" in words or "--append" in words:
        opened = f"with {path}.open({quoted('a')}, encoding={quoted('utf-8')}) as appended:"
        return Translation(f"{opened}\n    appended.write({quoted(body)})", ("Path",))
    return Translation(f"{path}.write_text({quoted(body)}, encoding={quoted('utf-8')})", ("Path",))


def _line(magic: Magic, bound: Collection[str]) -> Translation:  # noqa: PLR0911 - a line for each kind
    name, rest = magic.name, magic.rest
    known = _LINES.get(name)
    if known is not None and not magic.target:
        return known(rest, bound)
    if name in {"pip", "conda", "mamba", "micromamba", "uv"}:
        return _installs(f"%{name} {rest}", assigned=bool(magic.target))
    if name in {"sx", "system"}:
        return _shell(Magic(magic.start, magic.end, "shell", rest=rest, target=magic.target or "_"), bound)
    if name == "pwd" and magic.target:
        return Translation("os.getcwd()", ("os",))
    if name == "env" and magic.target:
        return Translation(f"os.environ[{quoted(rest)}]" if rest else "dict(os.environ)", ("os",))
    if name == "load_ext" and rest.split()[:1] in ([each] for each in ("nbtrack", "autoreload", "memory_profiler")):
        return Translation()
    if name == "timeit" and not magic.target:
        return Translation(f"# %timeit {_brief(rest)}")
    if name in _SILENT and not magic.target:
        return Translation()
    call = f"get_ipython().run_line_magic({quoted(name)}, {quoted(rest)})"
    return Translation(call, ("get_ipython",), f"`%{name}` has no Python of its own: run the file with `ipython`")


def _cd(rest: str, bound: Collection[str]) -> Translation:
    words = [word for word in _words(rest) if word != "-q"]
    target = " ".join(words)
    if target.startswith("-") or target == "_":
        return Translation(f"# %cd {rest}", note=f"`%cd {rest}` was left out: go to that folder yourself")
    if not target:
        return Translation("os.chdir(Path.home())", ("os", "Path"))
    path = expanded(target, bound)
    return Translation(
        f"os.chdir(Path({path}).expanduser())" if "~" in target else f"os.chdir({path})", _cd_needs(target)
    )


def _cd_needs(target: str) -> tuple[str, ...]:
    return ("os", "Path") if "~" in target else ("os",)


def _env(rest: str, bound: Collection[str]) -> Translation:
    setting = _SETTING.fullmatch(rest)
    if setting is None:
        return Translation()
    return Translation(f"os.environ[{quoted(setting[1])}] = {expanded(setting[2].strip(), bound)}", ("os",))


def _run(rest: str, bound: Collection[str]) -> Translation:
    words, options = _words(rest), set()
    while words and re.fullmatch(r"-[a-zA-Z]+", words[0]):
        options |= set(words.pop(0)[1:])
    if not words or words[0].endswith(".ipynb") or options - set("iem"):
        call = f"get_ipython().run_line_magic({quoted('run')}, {expanded(rest, bound)})"
        return Translation(call, ("get_ipython",), f"`%run {_brief(rest)}` needs IPython: run the file with `ipython`")
    file, given = words[0], words[1:]
    file = file if "m" in options or file.endswith((".py", "}")) else f"{file}.py"
    path = expanded(file, bound)
    lines = [f"sys.argv = [{', '.join([path, *(expanded(word, bound) for word in given)])}]"] if given else []
    if "i" in options:
        lines.append(f"exec(compile(Path({path}).read_text(encoding={quoted('utf-8')}), {path}, {quoted('exec')}))")
        return Translation("\n".join(lines), ("Path", *(["sys"] if given else [])))
    runner = "run_module" if "m" in options else "run_path"
    ran = f"runpy.{runner}({path}, run_name={quoted('__main__')})"
    lines.append(
        f"globals().update({{name: each for name, each in {ran}.items() if not name.startswith({quoted('__')})}})"
    )
    return Translation("\n".join(lines), ("runpy", *(["sys"] if given else [])))


def _pylab(_: str, __: Collection[str]) -> Translation:
    return Translation("import numpy as np\nfrom matplotlib import pyplot as plt\nfrom pylab import *  # noqa: F403")


def _reset(rest: str, _: Collection[str]) -> Translation:
    return Translation(f"# %reset {rest}".rstrip())


_LINES: Final[Mapping[str, Callable[[str, Collection[str]], Translation]]] = {
    "cd": _cd,
    "env": _env,
    "set_env": _env,
    "run": _run,
    "pylab": _pylab,
    "reset": _reset,
    "reset_selective": _reset,
}


def is_ours(magic: Magic) -> bool:
    """Tell whether a magic is nbtrack's own: it is left out of everything that is exported."""
    return magic.name in _OURS or (magic.name == "load_ext" and magic.rest.split()[:1] == ["nbtrack"])


def expanded(command: str, bound: Collection[str]) -> str:
    r"""Return a command as a Python text with the variables in it that IPython would have put there.

    IPython puts in ``{expression}`` and ``$name``; where one of the expressions cannot be computed, it leaves the whole
    command alone.

    >>> expanded("head $path {n + 1} $HOME", {"path", "n"})
    'f"head {path} {n + 1} $HOME"'
    >>> expanded("awk '{print $1}' x.csv", {"x"})
    '"awk \'{print $1}\' x.csv"'
    """
    try:
        fields = list(Formatter().parse(command))
    except ValueError:
        return quoted(command)
    if not all(_computable(field, bound) for _, field, _, _ in fields if field is not None):
        return quoted(command)
    parts: list[tuple[str, str]] = []
    for text, field, spec, conversion in fields:
        parts += _dollars(text, bound)
        if field is not None:
            parts.append(("", field + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")))
    if not any(inner for _, inner in parts):
        return quoted("".join(text for text, _ in parts))
    has_quotes = any('"' in inner or "\\" in inner for _, inner in parts)
    inside = "".join(f"{{{inner}}}" if inner else _inner(text, "'" if has_quotes else "") for text, inner in parts)
    return f"f'''{inside}'''" if has_quotes else f'f"{inside}"'


def _inner(text: str, quote: str) -> str:
    """Return a text as it stands within an f-string that ``"`` ends, or ``quote``."""
    inside = "\\n".join(quoted(line)[1:-1] for line in text.split("\n")).replace("{", "{{").replace("}", "}}")
    return inside.replace(quote, f"\\{quote}") if quote else inside


def _dollars(text: str, bound: Collection[str]) -> Iterator[tuple[str, str]]:
    place = 0
    for match in _DOLLAR.finditer(text):
        yield text[place : match.start()], ""
        name = match[1]
        yield ("$", "") if name is None else ("", name) if name in bound else (match[0], "")
        place = match.end()
    yield text[place:], ""


def _computable(field: str, bound: Collection[str]) -> bool:
    try:
        tree = ast.parse(field.strip() or "-", mode="eval")
    except (SyntaxError, ValueError):
        return False
    return all(node.id in bound for node in ast.walk(tree) if isinstance(node, ast.Name))


def quoted(text: str) -> str:
    r"""Return a text as Python writes it, in double quotes; one of several lines in three of them.

    >>> quoted('say "hi"')
    '"say \\"hi\\""'
    """
    if "\n" in text:
        body = text.rstrip('"')
        safe = body.replace("\\", "\\\\").replace('"""', '\\"\\"\\"') + '\\"' * (len(text) - len(body))
        return f'"""{safe}"""' if safe.isprintable() or _plain(safe) else repr(text)
    plain = repr(text)
    if plain.startswith("'"):
        return '"' + plain[1:-1].replace("\\'", "'").replace('"', '\\"') + '"'
    return plain


def _plain(text: str) -> bool:
    return all(sign.isprintable() or sign in "\n\t" for sign in text)


def _words(rest: str) -> list[str]:
    try:
        return shlex.split(rest)
    except ValueError:
        return rest.split()


def _commented(magic: Magic) -> str:
    lines = [f"%%{magic.name} {magic.rest}".rstrip(), *magic.body.rstrip().split("\n")]
    return "\n".join(f"# {line}".rstrip() for line in lines)


def _brief(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else line[:79] + "…"
