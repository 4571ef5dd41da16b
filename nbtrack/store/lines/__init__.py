"""Records as lines, and columns in place of many lines: how they are written, checked and read back."""
