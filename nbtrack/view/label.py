"""What a param, metric or tag is called in a page: its name on one line, cut, and still the name of no other one."""

from hashlib import sha256

from nbtrack.view.escape import shown

_MARK = 7  # characters that tell a name that was cut from those that begin as it does


def label(name: str, limit: int) -> str:
    """Return ``name`` with hidden characters made visible, cut to ``limit`` characters; a cut one ends with its digest.

    >>> label("lr", 20), label("x" * 40 + "1", 20), label("x" * 40 + "2", 20)
    ('lr', 'xxxxxxxxxxxx…5e39350', 'xxxxxxxxxxxx…82e70d9')
    """
    if len(name) <= limit:
        return shown(name, limit)
    digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_MARK]
    return f"{shown(name[: limit - _MARK - 1], limit)}…{digest}"
