"""Secrets that only their place in a call gives away are kept out, once the callable is loaded."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from nbtrack.record.callables import learn_calls
from nbtrack.record.known import KNOWN
from nbtrack.record.redact import redact

SECRET = "hunter-in-22-words"


@pytest.fixture(autouse=True)
def _forgetful() -> Iterator[None]:
    KNOWN.forget()
    yield
    KNOWN.forget()


class Store:
    """Signs in with its third argument."""

    def __init__(self, host: str, user: str, secret_key: str) -> None:
        raise AssertionError

    def sign(self, password: str) -> None:
        raise AssertionError

    @classmethod
    def of(cls, host: str, password: str) -> None:
        raise AssertionError

    @staticmethod
    def at(host: str, password: str) -> None:
        raise AssertionError


def connect(host: str, user: str, password: str) -> None:
    raise AssertionError


@functools.wraps(connect)
def wrapped(*_: object) -> None:
    raise AssertionError


def plot(x: str, label: str, color: str) -> None:
    raise AssertionError


def encode(token: str, text: str) -> None:
    raise AssertionError


def library() -> ModuleType:
    made = ModuleType("acme_store")
    made.Store = Store  # type: ignore[attr-defined]  # a module of a test
    made.__dict__["__getattr__"] = connect  # must not be called
    return made


def namespace() -> dict[str, Any]:
    return {
        "connect": connect,
        "wrapped": wrapped,
        "bound": Store.of,
        "Store": Store,
        "plot": plot,
        "encode": encode,
        "store": object.__new__(Store),
        "acme": library(),
    }


@pytest.mark.parametrize(
    "line",
    [
        "connect('db', 'me', '{}')",
        "conn = connect(host, f(1, 2), b'{}', )",
        "wrapped('db', 'me', '{}')",
        "Store(\n    'db',\n    'me',\n    '{}',\n)",
        'acme.Store(host, user, "{}").sign(x)',
        "store.sign('{}')",
        "store.of('db', '{}')",
        "Store.at('db', '{}')",
        "bound('db', '{}')",
    ],
)
def test_what_stands_where_a_signature_has_a_secret_goes(line: str) -> None:
    text = line.format(SECRET)
    assert redact(text) == (text, 0)
    learn_calls(text, namespace())
    assert redact(text) == (text.replace(SECRET, "[redacted:login]"), 1)


@pytest.mark.parametrize(
    "text",
    [
        "plot('a', 'x8Yq0pLzR2m5', 'red')",
        "connect('db', 'user-in-22-words', password)",
        "connect('db', 'user-in-22-words', password='...')",
        "encode('token1', 'some text')",
        "acme.nothing('a', 'b', 'user-in-22-words')",
        "unknown('a', 'b', 'user-in-22-words')",
        "print('connect', 'x', 'user-in-22-words')",
    ],
)
def test_other_arguments_stay(text: str) -> None:
    learn_calls(text, namespace())
    assert redact(text) == (text, 0)


@pytest.mark.parametrize(
    "line",
    ["import acme_store\nacme_store.Store('a', 'b', '{}')", "from acme_store import Store as S\nS('a', 'b', '{}')"],
)
def test_what_a_cell_imports_is_known_where_it_is_loaded(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = line.format(SECRET)
    learn_calls(text, {})
    assert redact(text) == (text, 0)
    monkeypatch.setitem(sys.modules, "acme_store", library())
    learn_calls(text, {})
    assert redact(text) == (text.replace(SECRET, "[redacted:login]"), 1)
