"""Showing: the run card, tables and the comparison, as HTML that outlives the kernel."""
