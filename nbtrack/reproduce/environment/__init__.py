"""The environment of a run, had again: what it needs, pinned by hashes, installed apart, and what still differs."""
