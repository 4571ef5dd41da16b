"""What came out of a cell and what it was set to: its metrics and parameters."""
