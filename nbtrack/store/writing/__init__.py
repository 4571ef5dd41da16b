"""The pens: the journal of one run, the meta log, and the thread that flushes them."""
