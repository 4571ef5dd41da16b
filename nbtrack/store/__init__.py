"""Where runs stay: segments that only grow, objects named by their content, and an index that may be deleted."""
