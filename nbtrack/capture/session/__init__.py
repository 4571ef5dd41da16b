"""What came before: every cell that was executed, the notebook they stand in, and the slice a run depends on."""
