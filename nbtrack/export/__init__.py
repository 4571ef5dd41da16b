"""Leaving as a file: the comparison as one self-contained page."""
