"""Telling in plain language what runs showed: what was tried, what won, how certain it is, and what is not known."""
