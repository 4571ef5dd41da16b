"""nbtrack: the notebook-first experiment tracker."""

__version__ = "0.1.0"
