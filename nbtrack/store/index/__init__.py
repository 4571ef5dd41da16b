"""All runs at once: what was read so far, kept on disk as columns, and the table that answers from it."""
