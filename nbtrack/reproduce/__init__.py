"""Running a run again elsewhere: code, data and environment brought back, the program run, and what came out judged."""

from nbtrack.model.callable_package import make_callable

make_callable(__name__)
