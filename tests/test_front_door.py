"""The front door: a few sorted names, cheap to open."""

import subprocess
import sys

import nbtrack


def test_the_exported_names_are_sorted_and_all_there() -> None:
    assert nbtrack.__all__ == sorted(nbtrack.__all__)
    assert all(getattr(nbtrack, name) is not None for name in nbtrack.__all__)
    assert set(nbtrack.__all__) <= set(dir(nbtrack))


def test_importing_loads_nothing_heavy() -> None:
    code = "import sys, nbtrack; print(*sorted(m for m in sys.modules if '.' not in m))"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    heavy = {
        "IPython",
        "pandas",
        "numpy",
        "tinydb",
        "jinja2",
        "lark",
        "rich",
        "click",
        "orjson",
        "git",
        "plotly",
        "sklearn",
    }
    assert not heavy & set(loaded)


def test_loading_the_extension_imports_neither_pandas_nor_the_reading_arm() -> None:
    code = (
        "import sys; from IPython.core.interactiveshell import InteractiveShell as S; import nbtrack;"
        "before = set(sys.modules); nbtrack.load_ipython_extension(S.instance());"
        "print(*sorted({m.split('.')[0] for m in set(sys.modules) - before}))"
    )
    loaded = set(
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    )
    assert not {"pandas", "numpy", "tinydb", "jinja2", "lark", "rich", "click", "git", "plotly"} & loaded
