"""Sessions of pi and of the agents that keep its format."""
