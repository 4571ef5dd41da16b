"""The public API as type checkers see it; never run, always checked."""
