"""Asking: the filter language, runs as an immutable sequence, what differs between them."""
