"""Reports: what was tried and found, as one page that opens anywhere and asks nothing of anybody."""

from nbtrack.model.callable_package import make_callable

make_callable(__name__)
