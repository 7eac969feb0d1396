"""Execution traces of TraceBench."""
