"""Which functions of a notebook fit a model and ask it, told without calling them."""

import ast
import time
from types import SimpleNamespace
from typing import Any

import pytest

from nbtrack.capture.syntax.estimating import answers, estimating
from nbtrack.capture.syntax.walking import every_node

model: Any = SimpleNamespace()


def effect(data: Any) -> Any:
    def of(part: Any) -> Any:
        return model.fit(part).predict(data).mean()

    return of(data[0]) - of(data[1])


def seconds(data: Any) -> Any:
    begin = time.perf_counter()
    model.fit(data).predict(data)
    return time.perf_counter() - begin


def ask(question: str) -> Any:
    return model.create(question, max_tokens=9)


def graded(question: str, answer: str) -> bool:
    return bool(ask(question) == answer)


def estimated(cell: str, namespace: dict[str, object] | None = None) -> set[str]:
    tree = ast.parse(cell)
    return estimating(every_node(tree), namespace or {})


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("def f(d):\n    return Ridge().fit(d.X, d.y).predict(d.X).mean()", {"f"}),
        ("def f(d):\n    return ols('y ~ t', d).fit().params['t']", {"f"}),
        ("def f(d):\n    return Ridge().fit(d.X, d.y)", set()),
        ("def f(d):\n    return model.predict(d).mean()", set()),
        ("def f(d):\n    start = time()\n    m.fit(d).predict(d)\n    return time() - start", set()),
    ],
)
def test_a_function_of_the_cell_estimates_when_it_fits_and_asks(cell: str, names: set[str]) -> None:
    assert estimated(cell) == names


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("def f(q):\n    return client.messages.create(model='m', max_tokens=9, messages=[q]).text", {"f"}),
        ("def f(q):\n    return openai.chat.completions.create(messages=[q])", {"f"}),
        ("def f(q):\n    return llm(q, temperature=0)\ndef g(q, a):\n    return f(q) == a", {"f", "g"}),
        ("def f(q):\n    return table.create(q)", set()),
    ],
)
def test_a_function_that_asks_a_language_model_estimates(cell: str, names: set[str]) -> None:
    assert estimated(cell) == names


def test_so_does_one_of_an_earlier_cell_and_one_that_calls_it() -> None:
    known = {"ask": ask, "graded": graded, "effect": effect}
    assert answers(ask, known)
    assert answers(graded, known)
    assert not answers(effect, known)
    assert estimated("a = graded('q', 'a')", known) == {"graded"}


def test_a_function_of_an_earlier_cell_is_known_by_the_names_in_its_code() -> None:
    known = {"effect": effect, "seconds": seconds, "model": model}
    assert estimated("a, b, c = effect(d), seconds(d), model(d)", known) == {"effect"}
    assert estimated("def effect(d):\n    return 1\neffect(d)", known) == set()
