"""The fakes are imported by the cells that use them, under their own names, and by nothing else."""

collect_ignore = ["fakes"]
