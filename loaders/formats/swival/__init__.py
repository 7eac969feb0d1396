"""Traces and reports of swival."""
