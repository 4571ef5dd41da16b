"""No byte that a tracked session leaves on the disk holds a secret, wherever in the session it stood.

Secrets are made at test time and planted in every place that capture looks at; then every file under the store and the
home folder is read. What a new part of capture keeps is covered as soon as the part is registered.
"""

from __future__ import annotations

import base64
import gzip
import json
import random
import re
import string
import subprocess
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import nbtrack
from nbtrack.export.page import write_comparison
from nbtrack.hosts.cli import run_line
from nbtrack.record.known import KNOWN
from nbtrack.store.discovery import open_store

_ALNUM = string.ascii_letters + string.digits
_IDENTITY = ["-c", "user.name=x", "-c", "user.email=x@example.invalid", "-c", "commit.gpgsign=false"]


class Plant:
    """Makes secrets and remembers where each was planted."""

    def __init__(self, seed: int) -> None:
        self.by_place: dict[str, str] = {}
        self._draw = random.Random(seed)

    def random(self, place: str, size: int = 32) -> str:
        """A secret without any form of its own: only a name, or that it is known, gives it away."""
        digits = "".join(self._draw.choices(string.digits, k=4))
        made = "".join(self._draw.sample([*self._draw.choices(_ALNUM, k=size - 4), *digits], size))
        self.by_place[place] = made
        return made

    def token(self, place: str) -> str:
        """A secret with a vendor's prefix."""
        made = self._draw.choice(["gh" + "p_", "h" + "f_", "gs" + "k_", "npm" + "_"]) + self.random(place, 36)
        self.by_place[place] = made
        return made

    def leaks(self, *folders: Path) -> dict[str, str]:
        """Return which places' secrets are in which files: raw, percent-encoded, escaped, in base64, in parts."""
        found: dict[str, str] = {}
        for folder in folders:
            for path in folder.rglob("*"):
                content = str(path).encode() + b"\0" + (_unpacked(path.read_bytes()) if path.is_file() else b"")
                for place, made in self.by_place.items():
                    if any(form in content for form in _forms(made)):
                        found.setdefault(place, str(path.relative_to(folder)))
        return found


def _forms(made: str) -> Iterator[bytes]:
    for part in (made, made[-16:], made[4:20]):
        yield from {part.encode(), quote(part, safe="").encode(), json.dumps(part)[1:-1].encode()}
        for before in range(3):
            yield base64.b64encode(b"\0" * before + part.encode())[4:-4]


def _unpacked(content: bytes) -> bytes:
    """Return bytes, and what they are compressed from."""
    for unpack in (gzip.decompress, zlib.decompress):
        try:
            return content + unpack(content)
        except (OSError, zlib.error, EOFError):
            continue
    return content


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *_IDENTITY, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(params=[0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 5))])
def plant(request: pytest.FixtureRequest) -> Iterator[Plant]:
    KNOWN.forget()
    yield Plant(request.param)
    KNOWN.forget()


@pytest.fixture
def home(tmp_path: Path, plant: Plant, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, a repository with secrets in every corner of it, and a module that is not committed."""
    home = tmp_path / "home"
    (home / ".config").mkdir(parents=True)
    for name, place in (("HOME", home), ("XDG_CONFIG_HOME", home / ".config"), ("XDG_CACHE_HOME", home / ".cache")):
        monkeypatch.setenv(name, str(place))
    monkeypatch.setenv("NBTRACK_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("ACME_API_KEY", plant.random("environment variable"))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", f"https://me:{plant.random('allowed variable')}@example.org")
    _lay_out_packages(tmp_path / "site", plant, monkeypatch)
    work = tmp_path / "work"
    work.mkdir()
    _git(work, "init", "-q", "-b", "main")
    (work / "settings.py").write_text("url = ''\n")
    _git(work, "add", ".")
    _git(work, "commit", "-qm", "first")
    _git(work, "checkout", "-q", "-b", f"try-{plant.token('branch')}")
    _git(work, "remote", "add", "origin", f"https://me:{plant.random('remote')}@example.org/x.git")
    _git(work, "config", "http.extraheader", f"AUTHORIZATION: basic {plant.random('git config')}")
    (work / "settings.py").write_text(f"url = 'https://u:{plant.random('diff')}@db/x'\npassword = 'x'\n")
    (work / "fresh_module.py").write_text(f"API_KEY = '{plant.random('untracked module')}'\n\ndef f():\n    return 1\n")
    (work / "plain.txt").write_text("nothing\n")
    (work / f"data {plant.token('data path')}.csv").write_text("a,b\n1,2\n3,4\n")
    (work / "notes.ipynb").write_text(
        json.dumps(
            {
                "cells": [
                    {
                        "cell_type": "code",
                        "id": "abc",
                        "metadata": {"token": plant.random("notebook metadata")},
                        "source": [f"pw = '{plant.random('cell of the notebook file')}'"],
                        "execution_count": 1,
                        "outputs": [
                            {"output_type": "stream", "name": "stdout", "text": [plant.token("output in the file")]}
                        ],
                    }
                ],
                "metadata": {},
                "nbformat": 4,
                "nbformat_minor": 5,
            }
        )
    )
    monkeypatch.chdir(work)
    return home


def _lay_out_packages(folder: Path, plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lay out a package from a private repository and a conda environment with a private channel."""
    info = folder / "acme-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (info / "direct_url.json").write_text(
        json.dumps(
            {
                "url": f"https://{plant.random('user of a package address')}@example.org/acme.git",
                "vcs_info": {"vcs": "git", "requested_revision": plant.token("revision"), "commit_id": "1" * 40},
            }
        )
    )
    (folder / "acme.py").write_text("x = 1\n")
    monkeypatch.syspath_prepend(str(folder))
    meta = folder / "conda" / "conda-meta"
    meta.mkdir(parents=True)
    channel = f"https://conda.example.org/t/{plant.random('conda channel')}/main"
    record = {"name": "libx", "version": "1", "build": "0", "channel": channel, "url": f"{channel}/libx-1-0.conda"}
    (meta / "libx-1-0.json").write_text(json.dumps(record))
    (meta / "history").write_text(f"# cmd: conda install -c {channel} libx\n")
    monkeypatch.setenv("CONDA_PREFIX", str(folder / "conda"))
    monkeypatch.setenv("CONDA_DEFAULT_ENV", "study")


# A session's cells, each place that holds text once: <token place> and <random place> are where secrets are planted.
_CELLS = r"""
import os, sys
sys.path.insert(0, os.getcwd())
import settings, fresh_module, acme
----
%env WANDB_API_KEY=<random %env>
----
%env HF_TOKEN <random %env without an equals sign>
----
os.environ['NEPTUNE_API_TOKEN'] = '<random os.environ>'
----
earlier = 3  # wandb.login(key='<random earlier cell>')
----
db_password = '<random value of a secret name>'
earlier_two = earlier
----
class Client:
    def __init__(self, api_key):
        self.api_key = api_key
    def __repr__(self):
        return f'Client(api_key={self.api_key!r})'
client = Client('<token attribute>')
----
config = {'lr': 0.1, 'api_key': '<random dict config>', 'url': 'mysql://a:<random url in a config>@h/d'}
from types import SimpleNamespace
ns = SimpleNamespace(token='<random namespace config>', epochs=3)
----
%%track key=<token argument> -t team=<token tag> --note "see <token note>"
key = 'x'
import pandas as pd
df = pd.read_csv([each for each in os.listdir() if each.endswith('.csv')][0])
loss = earlier_two * config['lr'] * ns.epochs  # Authorization: Bearer <random comment>
print('got <token printed>', db_password)
print(os.environ['ACME_API_KEY'], file=sys.stderr)
print(client)
with open('out <token written path>.txt', 'w') as file:
    _ = file.write('x')
from IPython.display import HTML, JSON, Markdown, display
display(HTML('<b>password: <token html></b>'), Markdown('**<token markdown>**'))
display(JSON({'token': '<random displayed json>'}))
display({'text/html': '<a href="https://me:<random html address>@x.org">x</a>', 'text/plain': db_password}, raw=True)
import nbtrack
nbtrack.log({'<token metric name>': 1.0})
nbtrack.log_params({'<token param name>': 1, 'auth_token': '<random param value>', 'bare': db_password})
nbtrack.log_artifact('plain.txt', 'config <token artifact name>')
accuracy = 0.5
----
import plotly.graph_objects as go
figure = go.Figure(go.Scatter(x=[1, 2], y=[3, 4], name='<token trace of a figure>'))
----
%%track
import matplotlib
matplotlib.use('agg')
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
_ = ax.set_title('<token title of a plot>')
display(fig)
score = 0.25
figure
----
%%track
frame = pd.DataFrame({'user': ['a', 'b'], 'password': ['<token cell of a frame>', 'y'], '<token column>': [1, 2]})
mae = 0.5
frame
----
def connect():
    raise ConnectionError('refused: postgresql://me:<random message>@db/x')
----
%%track
rmse = 0.25
local = '<token line of the traceback>'
connect()
----
%%track <token run name> -e <token experiment>
rmse = 0.5
----
%track on
----
mape = abs(-0.5); secret_key = '<random cell under track on>'
----
raise RuntimeError('<token untracked error>')
----
mse = abs(-0.125)
----
%track off
"""


def _cells(plant: Plant) -> list[str]:
    def planted(mark: re.Match[str]) -> str:
        return plant.token(mark[2]) if mark[1] == "token" else plant.random(mark[2])

    return re.sub(r"<(token|random) ([^<>]+)>", planted, _CELLS).strip().split("\n----\n")


@pytest.mark.slow
def test_no_secret_of_a_session_reaches_the_disk(
    shell: Any, home: Path, plant: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = tmp_path / "work" / "notes.ipynb"
    named = notebook.rename(notebook.with_name(f"notes {plant.token('notebook path')}.ipynb"))
    monkeypatch.setenv("NBTRACK_NOTEBOOK", str(named))
    for cell in _cells(plant):
        shell.run(cell)
    store = open_store(tmp_path / "store")
    run = nbtrack.runs(store=store)[0]
    run_line(f"tag {run.id} {plant.token('later tag')}=1 a={plant.token('value of a later tag')}", store)
    run_line(f"note {run.id} {plant.token('later note')}", store)
    nbtrack.unload_ipython_extension(shell.ip)  # what goes on in the background is done then
    nbtrack.load_ipython_extension(shell.ip)
    assert plant.leaks(tmp_path / "store", home) == {}
    runs = nbtrack.runs(store=store)
    assert len(runs) >= 6
    assert all(run.redactions for run in runs if "[redacted:" in json.dumps(run.document))
    (tmp_path / "out").mkdir()
    write_comparison(runs, tmp_path / "out" / "page.html", say=print)
    assert plant.leaks(tmp_path / "out") == {}


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda made: f"https://me:{quote(made + '/+', safe='')}@example.org", id="percent-encoded"),
        pytest.param(lambda made: json.dumps({"api_key": made + '"'}), id="JSON in text"),
        pytest.param(lambda made: json.dumps(json.dumps({"api_key": made})), id="JSON in JSON"),
        pytest.param(lambda made: repr({"password": made}), id="repr"),
    ],
)
def test_secrets_in_encoded_output_do_not_reach_the_disk(
    shell: Any, tmp_path: Path, write: Callable[[str], str]
) -> None:
    plant = Plant(9)
    text = write(plant.random("output"))
    shell.names["text"] = text
    shell.run("%%track\nprint(text)\nparam = text\nloss = 0.5\ntext")
    assert plant.leaks(tmp_path / "store") == {}


def test_a_typed_password_that_a_cell_prints_does_not_reach_the_disk(shell: Any, tmp_path: Path) -> None:
    plant = Plant(10)
    typed = plant.random("typed")
    shell.names["ask"] = lambda: typed  # as getpass: the value stands in no source
    shell.run("%%track\npassword = ask()\nprint('using', password)\nloss = 0.5")
    shell.run("%%track\nprint(password)\nloss = 0.25")
    assert plant.leaks(tmp_path / "store") == {}
    assert all(run.redactions for run in shell.runs)


def test_a_password_that_only_its_place_in_a_call_gives_away_does_not_reach_the_disk(
    shell: Any, tmp_path: Path
) -> None:
    shell.run("def join(host, user, password):\n    return host")
    shell.run("%%track\nhost = join('db', 'me', 'hunter-in-22-words')\nloss = float('0.5')")
    assert shell.last.redactions
    shell.run(
        "%%track\ndef enter(host, password):\n    return host\nhost = enter('db', 'other-22-words')\nloss = float('0.5')"
    )
    shell.run("%%track\nhost = enter('db', 'later-22-words')\nloss = float('0.5')")
    nbtrack.unload_ipython_extension(shell.ip)
    kept = b"".join(_unpacked(path.read_bytes()) for path in (tmp_path / "store").rglob("*") if path.is_file())
    assert b"hunter-in-22-words" not in kept
    assert b"later-22-words" not in kept


def test_a_session_without_secrets_counts_none_and_keeps_its_words(shell: Any, tmp_path: Path) -> None:
    shell.run("tokenizer = 'bert-base-uncased'; num_tokens = 512; cls_token = '[CLS]'; secretary = 'Ann Smith 1999'")
    sha = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    shell.run(
        f"%%track\ncheckpoint = '{sha}'\nuuid = 'f47ac10b-58cc-4372-a567-0e02b2c3d479'\nprint(tokenizer, checkpoint)\nloss = num_tokens / 1000"
    )
    run = shell.last
    assert (run.redactions, run.params["checkpoint"], run.metrics["loss"]) == (0, sha, 0.512)
    assert "[redacted" not in json.dumps(run.document)
