"""A trace, step by step, in the terminal."""
