"""What a person asks for: the ``%%track`` line, the project's preferences, values in place of literals, a name."""
