"""The slice of a run: the executions its result depends on, each in the version that was there when it was read."""

from collections.abc import Collection, Mapping

from nbtrack.capture.session.past import Past


def slice_of(past: Past, log: Mapping[int, Past], barriers: Collection[Past] = ()) -> list[Past]:
    """Return the executions behind ``past``, oldest first, its own last.

    What was read is followed backwards to whoever had written it by then. ``barriers`` before it belong too: a working
    directory, a seed or an installed package reaches everything.
    """
    if not past.reads and not barriers:
        return [past]
    found = {past.number: past}
    waiting = [past, *[each for each in barriers if each.number < past.number]]
    while waiting:
        each = waiting.pop()
        found[each.number] = each
        for number in set(each.reads.values()):
            if number not in found and (writer := log.get(number)) is not None:
                found[number] = writer
                waiting.append(writer)
    return [found[number] for number in sorted(found)]
