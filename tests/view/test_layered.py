"""Where boxes go: below what they come from, never on one another, the same every time."""

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from nbtrack.view.layered import GAP, Layout, Point, Size, lay_out

NAMES = [f"n{k}" for k in range(14)]
GRAPHS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=30)


def boxes(widths: list[int]) -> dict[str, Size]:
    return {name: Size(width, 40) for name, width in zip(NAMES, widths, strict=True)}


@settings(max_examples=60, deadline=None)
@given(GRAPHS, st.lists(st.integers(20, 300), min_size=14, max_size=14))
def test_boxes_never_overlap_and_lie_within_the_picture(edges: list[tuple[str, str]], widths: list[int]) -> None:
    sizes = boxes(widths)
    found = lay_out(sizes, edges)
    for one, other in combinations(NAMES, 2):
        apart_x = abs(found.places[one].x - found.places[other].x) - (sizes[one].width + sizes[other].width) / 2
        apart_y = abs(found.places[one].y - found.places[other].y) - 40
        assert apart_x >= GAP - 1e-6 or apart_y >= 0
    for name in NAMES:
        assert found.places[name].x - sizes[name].width / 2 >= -1e-6
        assert found.places[name].x + sizes[name].width / 2 <= found.width + 1e-6
        assert 0 <= found.places[name].y <= found.height - 40 + 1e-6


@settings(max_examples=60, deadline=None)
@given(GRAPHS)
def test_edges_lead_down_from_box_to_box(edges: list[tuple[str, str]]) -> None:
    found = lay_out(boxes([60] * 14), edges)
    for (source, target), route in found.routes.items():
        assert (source, target) in edges
        assert route[0].y == found.places[source].y + 40
        assert route[-1].y == found.places[target].y
        assert all(one.y <= other.y for one, other in pairwise(route))
    assert found == lay_out(boxes([60] * 14), edges)


def test_a_chain_is_a_straight_column() -> None:
    found = lay_out(boxes([60] * 14), pairwise(NAMES))
    assert len({point.x for point in found.places.values()}) == 1


def test_data_stands_right_above_the_cell_that_reads_it() -> None:
    found = lay_out(boxes([60] * 14), [("n0", "n1"), ("n1", "n2"), ("n2", "n3"), ("n4", "n3")])
    assert found.places["n4"].y == found.places["n2"].y


def test_crossings_are_undone() -> None:
    found = lay_out(boxes([60] * 14), [("n0", "n5"), ("n0", "n6"), ("n1", "n4"), ("n1", "n3")])
    left, right = sorted(("n0", "n1"), key=lambda name: found.places[name].x)
    under = {"n0": ("n5", "n6"), "n1": ("n4", "n3")}
    assert max(found.places[name].x for name in under[left]) < min(found.places[name].x for name in under[right])


def test_nothing_is_laid_out_of_nothing() -> None:
    assert lay_out({}, []) == Layout({}, {}, 0.0, 0.0)
    assert lay_out({"a": Size(10, 5)}, [("a", "a"), ("a", "b")]).places == {"a": Point(5.0, 0.0)}


def test_forty_cells_that_all_lead_to_the_run_do_not_make_a_wall() -> None:
    names = {f"c{k}": Size(200, 46) for k in range(40)} | {"root": Size(200, 46), "run": Size(200, 46)}
    edges = [("root", f"c{k}") for k in range(40)] + [(f"c{k}", "run") for k in range(40)]
    assert lay_out(names, edges).width < 2500
