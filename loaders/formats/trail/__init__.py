"""TRAIL traces and their annotations."""
