"""What happened in a cell: its parameters, metrics and names, found without changing what the cell does."""
