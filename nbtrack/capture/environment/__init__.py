"""What a run ran in: code, packages, machine, random numbers, and what of it must stay secret."""
