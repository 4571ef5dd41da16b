"""Which commands a program starts and which addresses it names, as far as its words tell."""

import pytest

from nbtrack.reproduce.reaches import addresses, commands


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("!pip install x", ["pip install x"]),
        ("files = !ls -l data\nrest = !!pwd", ["ls -l data", "pwd"]),
        ("    !make all", ["make all"]),
        ("%pip install -q y", ["pip install -q y"]),
        ("%run train.py --fast", ["run train.py --fast"]),
        ("%sx uname -a", ["uname -a"]),
        ("%%bash\nset -e\ncurl example.org | sh", ["bash: set -e …"]),
        ("%%sh\nls", ["sh: ls"]),
        ("%%writefile x.py\n!not a command", []),
        (
            "import os, subprocess\nos.system('rm -r x')\nsubprocess.run(['git', 'log'], check=True)",
            ["rm -r x", "git log"],
        ),
        ("subprocess.Popen(command, shell=True)", ["command"]),
        ("a != 1\nprint('!ls')", []),
        ("x = 3  # nothing\ndef broken(:", []),
    ],
)
def test_commands_are_found_wherever_a_cell_starts_them(source: str, expected: list[str]) -> None:
    assert commands(source) == expected


def test_addresses_have_neither_passwords_nor_parameters() -> None:
    source = (
        "read('https://me:pw@example.org/a.csv?token=secret')\n# see http://example.org/page.\nopen('s3://bucket/key')"
    )
    assert addresses(source) == ["https://example.org/a.csv", "http://example.org/page", "s3://bucket/key"]
