"""Any value becomes JSON: faithful or marked, bounded, without the user's code being run."""

import collections
import dataclasses
import enum
import json
import math
import sys
import threading
import time
import uuid
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from datetime import time as clock
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePosixPath
from types import MappingProxyType, SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.ensemble import RandomForestClassifier

from nbtrack.model.tagged import Described, untag
from nbtrack.record.values import DEPTH, KEY_LIMIT, LIMIT, as_label, key, number, to_json

SURROGATE_PAIR = tuple(chr(code) for code in (0xD83D, 0xDE00))


def on_disk(value: object) -> Any:
    """The value as it comes back from a record: through strict JSON text, then untagged."""
    text = json.dumps(to_json(value), allow_nan=False)
    assert len(text) <= LIMIT
    return untag(json.loads(text))


# Round trips

texts = st.text(st.characters(), max_size=40).filter(lambda text: "".join(SURROGATE_PAIR) not in text)
moments = st.datetimes(timezones=st.none() | st.just(UTC) | st.just(timezone(timedelta(hours=5, minutes=30))))
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**300), 10**300)
    | st.floats(allow_nan=False)
    | texts
    | st.decimals(allow_nan=False)
    | moments
    | st.dates()
    | st.times()
)
keys = st.none() | st.booleans() | st.integers() | texts | st.dates() | st.tuples(st.integers(), texts)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=5), max_leaves=20
)


@settings(max_examples=200, deadline=None)
@given(values)
def test_what_json_and_the_tags_can_hold_comes_back_equal(value: object) -> None:
    assert on_disk(value) == value


@given(st.floats())
def test_every_float_comes_back_with_its_sign(value: float) -> None:
    back = on_disk(value)
    assert (math.isnan(back) and math.isnan(value)) or (
        back == value and math.copysign(1, back) == math.copysign(1, value)
    )


@given(
    hnp.from_dtype(np.dtype("f8"))
    | hnp.from_dtype(np.dtype("f4"))
    | hnp.from_dtype(np.dtype("i8"))
    | hnp.from_dtype(np.dtype("?"))
)
def test_a_numpy_scalar_becomes_the_number_it_is(value: Any) -> None:
    assert on_disk(value) == value.item() or math.isnan(value)
    assert untag(number(value)) == value.item() or math.isnan(value)


def test_keys_that_json_would_merge_or_a_tag_would_claim_stay_apart() -> None:
    for value in (
        {1: "a", "1": "b"},
        {"$f": "nan"},
        {"$new": 1},
        {None: 1, "None": 2},
        {(1, 2): [3]},
        {True: 1, "True": 2},
    ):
        assert on_disk(value) == value


class Colour(enum.Enum):
    RED = enum.auto()
    BLUE = "blue"


class Level(enum.IntEnum):
    HIGH = 3


class Point(NamedTuple):
    x: int
    y: int


ORIGIN = Point(1, 2)


@dataclasses.dataclass
class Config:
    lr: float = 0.1
    names: list[str] = dataclasses.field(default_factory=lambda: ["a"])


@dataclasses.dataclass(slots=True, frozen=True)
class Slotted:
    lr: float = 0.1
    inner: Point = ORIGIN


class Text(str):
    __slots__ = ()

    def __str__(self) -> str:
        raise RuntimeError


class Number(float):
    def __float__(self) -> float:
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Colour.RED, "RED"),
        (Colour.BLUE, "blue"),
        (Level.HIGH, 3),
        (Path("/data/x.csv"), "/data/x.csv"),
        (PurePosixPath("a/b"), "a/b"),
        (Point(1, 2), {"x": 1, "y": 2}),
        (Config(), {"lr": 0.1, "names": ["a"]}),
        (Slotted(), {"lr": 0.1, "inner": {"x": 1, "y": 2}}),
        (SimpleNamespace(a=1), {"a": 1}),
        ({3, 1, 2}, [1, 2, 3]),
        (frozenset("ba"), ["a", "b"]),
        (collections.Counter("aab"), {"a": 2, "b": 1}),
        (collections.deque([1]), [1]),
        (Text("a"), "a"),
        (Number(0.5), 0.5),
        (2**53, 2**53),
        (2**53 + 1, {"$i": "9007199254740993"}),
        (Decimal("1.10"), {"$d": "1.10"}),
        (datetime(2026, 11, 21, 10, 15, 30, tzinfo=UTC), {"$t": "2026-11-21T10:15:30Z"}),
        (date(2026, 11, 21), {"$t": "2026-11-21"}),
        (clock(10, 15), {"$t": "10:15:00"}),
        (np.float32(0.5), 0.5),
        (np.bool_(1), True),
        (np.longdouble(0.5), 0.5),
        (np.array(3.0), 3.0),
        (np.arange(3), [0, 1, 2]),
        (np.eye(2), [[1.0, 0.0], [0.0, 1.0]]),
        (np.array(["2026-11-21"], dtype="M8[D]"), [{"$t": "2026-11-21"}]),
        (np.datetime64("NaT", "s"), None),
        (pd.Timestamp("2026-11-21T10:15:30"), {"$t": "2026-11-21T10:15:30"}),
        (pd.NaT, None),
        (pd.NA, None),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_of_known_classes_become_what_they_stand_for(value: object, expected: object) -> None:
    assert to_json(value) == expected


@pytest.mark.parametrize(
    ("value", "text", "kind"),
    [
        (Fraction(1, 3), "1/3", "fractions.Fraction"),
        (1 + 2j, "(1+2j)", "complex"),
        (b"abc", "b'abc'", "bytes"),
        (timedelta(1), "1 day, 0:00:00", "datetime.timedelta"),
        (range(3), "range(0, 3)", "range"),
        (len, "len", "builtin_function_or_method"),
        (json.dumps, "json.dumps", "function"),
        (Fraction(1).limit_denominator, "fractions.Fraction.limit_denominator", "method"),
        (Path, "pathlib.Path", "type"),
        (np.float32, "numpy.float32", "type"),
        (np.dtype("f4"), "float32", "numpy.dtypes.Float32DType"),
        (np.zeros((100, 100)), "ndarray(shape=(100, 100), dtype=float64)", "numpy.ndarray"),
        ((item for item in [1]), "<generator object>", "generator"),
        (object(), "<object object>", "object"),
        (threading.Lock(), f"<{type(threading.Lock()).__module__}.lock object>", "_thread.lock"),
        (MappingProxyType({}), "<mappingproxy object>", "mappingproxy"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_any_other_value_is_described_and_marked(value: object, text: str, kind: str) -> None:
    told = to_json(value)
    assert isinstance(told, dict)
    assert (
        told["$repr"] == text.replace("pathlib.Path", f"{Path.__module__}.Path")
        if "Path" in text
        else told["$repr"] == text
    )
    assert told["type"] == kind
    assert untag(told) == Described(str(told["$repr"]), kind)


def test_a_data_frame_is_told_by_its_shape() -> None:
    told = to_json(pd.DataFrame({"shape": [1], "dtype": [2]}))
    assert told == {"$repr": "DataFrame(shape=(1, 2))", "type": f"{pd.DataFrame.__module__}.DataFrame"}


def test_an_estimator_is_told_by_its_settings_without_its_address_or_what_it_learned() -> None:
    model = RandomForestClassifier(n_estimators=2, max_depth=8).fit([[0], [1]], [0, 1])
    told = to_json(model)
    assert isinstance(told, dict)
    assert str(told["$repr"]).startswith("RandomForestClassifier(")
    assert "n_estimators=2" in str(told["$repr"])
    assert "0x" not in str(told["$repr"])
    assert told == to_json(RandomForestClassifier(n_estimators=2, max_depth=8))


# Totality


def never(*_: object, **__: object) -> Any:
    raise AssertionError("the user's code was run")


class HostileMeta(type):
    __hash__ = __eq__ = __instancecheck__ = __subclasscheck__ = never  # type: ignore[assignment]  # the point

    def __getattribute__(cls, name: str) -> Any:
        raise AssertionError("the user's metaclass was asked")


METHODS = (
    "__repr__ __str__ __len__ __iter__ __eq__ __hash__ __bool__ __getattr__ __getattribute__ __float__ __int__ __index__ "
    "__contains__ __getitem__ __next__ __format__ __bytes__ __fspath__ __reduce_ex__ __dir__ items keys values item tolist "
    "isoformat __array__ shape dtype cpu"
).split()
HOSTILE = dict.fromkeys(METHODS, never)


def hostile(*bases: type, meta: type = type, **members: object) -> type:
    return meta("Hostile", bases, HOSTILE | members)


class Liar:
    __class__ = float  # type: ignore[assignment]  # the point


class Everything:
    """Answers every question with itself."""

    def __getattr__(self, name: str) -> Any:
        return self

    def __call__(self, *_: object) -> Any:
        return self


def recursive() -> list[object]:
    inside: dict[object, object] = {}
    value: list[object] = [inside, (inside,)]
    inside["value"] = value
    return value


def deep(levels: int) -> object:
    value: object = 1
    for level in range(levels):
        value = [value] if level % 3 else {1: value}
    return value


class ForeignZone(tzinfo):
    utcoffset = dst = tzname = never


def pretender(module: str, name: str) -> type:
    return type(name, (), HOSTILE | {"__module__": module})


HOSTILES: list[object] = [
    hostile()(),
    hostile(meta=HostileMeta)(),
    hostile(meta=HostileMeta),
    hostile(dict)(a=1),
    hostile(list)([1]),
    hostile(tuple)((1,)),
    hostile(set)(),
    hostile(str)("abc"),
    hostile(int)(3),
    hostile(float)(0.5),
    pretender("numpy", "float32")(),
    pretender("numpy", "ndarray")(),
    pretender("torch", "Tensor")(),
    pretender("pandas", "Timestamp")(),
    pretender("argparse", "Namespace")(),
    type("Odd", (), {"__module__": 3, "__qualname__": "x" * 10_000})(),
    type("Odd", (), {"__dict__": property(never)})(),
    type("Odd", (), {"__dataclass_fields__": {"a": never}, "a": property(never)})(),
    type("Odd", (tuple,), {"_fields": ([], [])})((1, 2)),
    type("\U0001f600" * 5000, (), {})(),
    datetime(2026, 1, 1, tzinfo=ForeignZone()),
    Liar(),
    Everything(),
    recursive(),
    deep(DEPTH - 1),
    deep(1000),
    deep(100_000),
    "x" * 10_000_000,
    "\x00" * 40_000,
    "\U0001f600" * 20_000,
    b"x" * 10_000_000,
    10**6000,
    -(10**100_000),
    Decimal("1" * 10_000),
    Decimal("1e999999"),
    Fraction(10**5000, 7),
    range(10**5000),
    list(range(1_000_000)),
    {str(at): at for at in range(100_000)},
    {at: [at] for at in range(100_000)},
    {"x" * 10_000 + str(at): "y" * 10_000 for at in range(100)},
    [[["\U0001f600" * 300] * 100] * 100] * 100,
    [[[[[]]]] * 20] * 10_000,
    [{} for _ in range(100_000)],
    [float("nan")] * 100_000,
    [10**900] * 1000,
    np.zeros((1000, 1000)),
    np.array([object()] * 10),
    np.array(["x" * 100_000]),
    np.zeros(3, dtype="f4,i4"),
    np.longdouble("1e4000") if np.finfo(np.longdouble).maxexp > 2000 else 0,
    memoryview(b"x"),
    sys.modules,
    sys._getframe(),
]


@pytest.mark.parametrize("at", range(len(HOSTILES)))
def test_nothing_raises_runs_the_users_code_or_grows_without_bound(at: int) -> None:
    value = HOSTILES[at]  # by number: pytest itself would ask the values
    before = time.process_time()
    text = json.dumps(to_json(value), allow_nan=False)
    told = number(value)
    name = key(value)
    assert time.process_time() - before < 1  # 50 ms promised; the rest is for a loaded machine
    assert len(text) <= LIMIT
    assert told is None or json.dumps(told, allow_nan=False)
    assert len(name.encode("utf-8", "surrogatepass")) <= KEY_LIMIT
    untag(json.loads(text))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(range(len(HOSTILES))), max_size=6), st.booleans())
def test_a_container_of_hostile_values_is_told_as_calmly(chosen: list[int], as_dict: bool) -> None:  # noqa: FBT001
    items = [HOSTILES[at] for at in chosen]
    value = dict(enumerate(items)) if as_dict else items
    assert len(json.dumps(to_json(value), allow_nan=False)) <= LIMIT


def test_a_generator_is_never_consumed() -> None:
    generator = (item for item in [1, 2])
    to_json([generator, {"g": generator}])
    assert list(generator) == [1, 2]


def test_a_container_inside_itself_is_cut_there() -> None:
    value: list[object] = [1]
    value.append(value)
    assert to_json(value) == [1, {"$repr": "…", "type": "list"}]


def test_what_does_not_fit_is_cut_and_says_by_how_much() -> None:
    told = to_json("x" * 50_000)
    assert told == {"$repr": "x" * 768 + "… (50,000 characters)", "type": "str"} or str(told).endswith(
        "(50,000 characters)', 'type': 'str'}"
    )
    items: Any = to_json(list(range(1_000_000)))
    assert items[:3] == [0, 1, 2]
    assert items[-1] == {"$repr": f"… {1_000_000 - len(items) + 1:,} more", "type": "cut"}


def test_a_text_of_the_limit_is_kept_whole_but_for_its_quotes() -> None:
    assert to_json("x" * (LIMIT - 2)) == "x" * (LIMIT - 2)
    assert isinstance(to_json("x" * (LIMIT - 1)), dict)


def test_values_are_told_when_the_callers_stack_is_all_but_full() -> None:
    def dive() -> object:
        try:
            return dive()
        except RecursionError:
            return to_json({"a": [1, {2: object()}]})

    assert json.dumps(dive(), allow_nan=False)


# Numbers


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.5, 0.5),
        (3, 3),
        (True, 1),
        (2**60, {"$i": str(2**60)}),
        (float("inf"), {"$f": "inf"}),
        (Decimal("1.10"), {"$d": "1.10"}),
        (np.float64("nan"), {"$f": "nan"}),
        (np.bool_(0), 0),
        (np.array(2), 2),
        (np.longdouble(1) / 3, 1 / 3),
        (Level.HIGH, 3),
        (Number(0.5), 0.5),
        (np.array([1.0]), None),
        (np.array("a"), None),
        ("1", None),
        (1j, None),
        (np.complex128(1j), None),
        (None, None),
        ([1], None),
        ({"$f": "nan"}, None),
        (pd.NA, None),
        (pd.Timestamp("2026-11-21"), None),
        (date(2026, 11, 21), None),
        (10**6000, None),  # nothing reads it back
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_number_is_one_real_number_or_none(value: object, expected: object) -> None:
    assert number(value) == expected


# Tensors of libraries that are not installed here: small true implementations with the library's names


class FakeDevice(SimpleNamespace):
    type: str


class Tensor:
    """What nbtrack asks of a torch tensor, and nothing else."""

    noting: dict[str, bool] = {}  # noqa: RUF012 - what torch does with the operations: set by the fixture

    def __init__(self, items: list[float] | float, device: str = "cpu") -> None:
        self._items, self.device, self.dtype = items, FakeDevice(type=device), "torch.float32"
        self.shape = (len(items),) if isinstance(items, list) else ()

    def dim(self) -> int:
        return len(self.shape)

    def numel(self) -> int:
        return math.prod(self.shape)

    def item(self) -> float:
        assert self.dim() == 0
        return self._items  # type: ignore[return-value]  # 0-d

    def tolist(self) -> list[float]:
        assert self.device.type == "cpu", "a tensor on a device would be copied"
        return self._items  # type: ignore[return-value]  # 1-d


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> type[Tensor]:
    monkeypatch.setattr(Tensor, "__module__", "torch")
    noting = {"traced": False, "captured": False}
    monkeypatch.setattr(Tensor, "noting", noting)
    library = SimpleNamespace(
        Tensor=Tensor,
        jit=SimpleNamespace(is_tracing=lambda: noting["traced"]),
        cuda=SimpleNamespace(is_current_stream_capturing=lambda: noting["captured"]),
    )
    monkeypatch.setitem(sys.modules, "torch", library)  # type: ignore[arg-type]  # a module is a namespace
    return Tensor


def test_a_0d_tensor_is_its_number_and_a_large_or_remote_one_its_shape(torch: type[Tensor]) -> None:
    assert (number(torch(0.5)), number(torch(0.5, "cuda"))) == (0.5, 0.5)
    assert number(torch(0.5, "meta")) is None
    assert number(torch([0.5])) is None
    assert to_json(torch([0.5, 1.5])) == [0.5, 1.5]
    told = to_json(torch([0.5], "cuda"))
    assert isinstance(told, dict)
    assert str(told["$repr"]).startswith("Tensor(shape=(1,), dtype=torch.float32, device=")


def test_a_tensor_is_not_asked_for_its_number_while_torch_notes_operations(torch: type[Tensor]) -> None:
    torch.noting["captured"] = True
    assert (number(torch(0.5)), number(torch(0.5, "cuda"))) == (0.5, None)
    torch.noting["traced"] = True
    assert number(torch(0.5)) is None


# Names


@given(st.text(st.characters(), max_size=2000))
def test_a_name_is_itself_when_short_and_bounded_always(name: str) -> None:
    told = key(name)
    size = len(name.encode("utf-8", "surrogatepass"))
    assert told == name if size <= KEY_LIMIT else len(told.encode("utf-8", "surrogatepass")) <= KEY_LIMIT


def test_long_names_that_differ_stay_different() -> None:
    assert len({key("x" * 10_000 + str(at)) for at in range(100)}) == 100


def test_what_is_no_text_makes_a_name_that_can_be_read() -> None:
    names = [key(value) for value in (1, 0.5, None, True, Colour.RED, Path("a"), (1, 2), 10**20, date(2026, 11, 21))]
    assert names == ["1", "0.5", "None", "True", "RED", "a", "[1, 2]", "1" + "0" * 20, "2026-11-21"]


def test_the_labels_of_a_series_are_not_looked_through() -> None:
    values = pd.Series([0.5, 0.25], index=["a", "b"])
    assert number(values) is None
    assert to_json(values)["$repr"].startswith("Series(shape=(2,), dtype=float64")
    assert "_engine" not in values.index._cache


def test_labels_are_called_as_their_libraries_write_them_and_nobody_else_is_asked() -> None:
    class Own(str):
        __slots__ = ()
        __str__ = __repr__ = __format__ = None  # type: ignore[assignment]  # whoever asks fails

    day = pd.Timestamp("2026-11-22")
    assert [as_label(each) for each in (day, np.int64(3), ("a", 1), None)] == [str(day), "3", "('a', 1)", "None"]
    assert as_label(Own("acc")) == "acc"
    assert as_label(10**5000).startswith("0x")
