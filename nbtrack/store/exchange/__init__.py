"""Runs on their way from one store to another: what a store holds, as files, and taking such files in."""
