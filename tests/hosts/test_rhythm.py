"""When a live comparison looks, and when it only glances: by a clock of the test's own."""

from nbtrack.hosts.rhythm import SHARE, Rhythm, Standing

_GROWS = Standing(running=True, covered=True)
_ELSEWHERE = Standing(running=True)


def _played(standing: Standing, *, look: float, glance: float = 0.001, seconds: float = 60.0) -> tuple[int, int]:
    """Return how many looks and glances there are in a while in which everything is news."""
    rhythm, now, looks, glances = Rhythm(0.0), 0.0, 0, 0
    while now < seconds:
        if rhythm.is_look(now, standing):
            rhythm.looked(now, now + look, look, news=True)
            now, looks = now + look, looks + 1
        else:
            rhythm.glanced(now, now + glance, glance, news=True)
            now, glances = now + glance, glances + 1
        now += rhythm.rest(now, standing)
    return looks, glances


def test_what_grows_in_this_process_is_told_five_times_a_second_however_long_a_look_takes() -> None:
    looks, glances = _played(_GROWS, look=0.04)
    assert looks + glances >= 60 * 5 * 0.95
    assert looks <= 60 / 2.5 + 1


def test_looks_take_their_share_of_the_time_and_no_more() -> None:
    for look in (0.001, 0.04, 0.4):
        looks, _ = _played(_ELSEWHERE, look=look)
        assert looks * look <= 60 * SHARE + 0.15 + look


def test_glances_take_their_share_of_the_time_and_no_more() -> None:
    _, glances = _played(_GROWS, look=0.01, glance=0.02)
    assert glances * 0.02 <= 60 * SHARE + 0.02


def test_cheap_looks_come_five_times_a_second_while_something_moves_elsewhere() -> None:
    looks, _ = _played(_ELSEWHERE, look=0.002)
    assert looks >= 60 * 5 * 0.95


def test_what_only_a_look_tells_is_looked_for_soon() -> None:
    rhythm = Rhythm(0.0)
    rhythm.looked(0.0, 0.01, 0.01, news=True)
    assert not rhythm.is_look(0.3, _GROWS)
    assert rhythm.is_look(0.3, _GROWS._replace(behind=True))


def test_where_nothing_runs_there_are_few_looks_and_a_page_that_asks_has_one_at_once() -> None:
    rhythm = Rhythm(0.0)
    rhythm.looked(0.0, 0.0, 0.001, news=False)
    rhythm.looked(10.0, 10.0, 0.001, news=False)
    assert (rhythm.is_look(12.9, Standing()), rhythm.is_look(13.1, Standing())) == (False, True)
    rhythm.hurry(10.1)
    assert rhythm.is_look(10.1, Standing())


def test_nobody_is_looked_for_who_gives_no_sign_for_a_quarter_of_an_hour() -> None:
    rhythm = Rhythm(0.0)
    assert (rhythm.is_asleep(899.0), rhythm.is_asleep(901.0)) == (False, True)
    rhythm.hurry(901.0)
    assert not rhythm.is_asleep(902.0)
