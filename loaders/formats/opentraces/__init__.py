"""OpenTraces records."""
