"""The command line over the warehouse."""
