"""Which way a metric is better: names are asked about wherever there are any, so that texts must cost nothing."""

from nbtrack.model.direction import direction


def test_a_text_or_a_sequence_is_no_name() -> None:
    assert direction("ACGT" * 100_000) is None
    assert direction("word " * 200 + "loss") is None
    assert direction("x" * 500 + "_loss") == "min"
