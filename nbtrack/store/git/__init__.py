"""A store in a git repository: what git is told about its files, and which of them it has."""
