"""The switch of the environment: whether nbtrack records anything at all in this process."""

import os


def disabled() -> bool:
    """Tell whether ``NBTRACK_DISABLE`` is set: then nothing is recorded, whatever a notebook says. Reading goes on."""
    return os.environ.get("NBTRACK_DISABLE", "") not in {"", "0"}
