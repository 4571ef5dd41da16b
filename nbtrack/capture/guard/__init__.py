"""Keeping capture out of the way: parts fenced by exception and time, long work done in the background."""
