"""Bytes kept under their own hash: files, folders, and what names them."""
