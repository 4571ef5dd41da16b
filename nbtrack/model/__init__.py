"""The nouns every layer shares: run, param, metric, cell, artifact, event. Frozen data, no input or output."""
