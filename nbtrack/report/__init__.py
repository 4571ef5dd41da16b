"""Reports: what was tried and found, as one page that opens anywhere and asks nothing of anybody."""
