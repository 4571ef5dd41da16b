"""Seeding what a cell draws its random numbers from, when the person asks for it with ``--seed``."""

import importlib.util
import random
import sys


def seed_all(number: int, source: str) -> list[str]:
    """Seed every random generator the cell may use and return their names.

    ``random`` always; NumPy whenever it is installed, because libraries draw from it without the cell naming it; torch
    when it is loaded or the cell mentions it.
    """
    random.seed(number)
    seeded = ["random"]
    if "numpy" in sys.modules or importlib.util.find_spec("numpy"):
        numpy = importlib.import_module("numpy")
        numpy.random.seed(number)
        seeded.append("numpy")
    if "torch" in sys.modules or ("torch" in source and importlib.util.find_spec("torch")):
        importlib.import_module("torch").manual_seed(number)
        seeded.append("torch")
    return seeded
