"""Marks nothing as a hook."""
