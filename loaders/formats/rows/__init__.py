"""Rows about benchmark instances: datasets, results, eval history."""
