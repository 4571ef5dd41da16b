"""From events to a run: which run is open, any value as JSON, secrets removed before the disk."""
