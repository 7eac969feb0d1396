"""Agents against items: how able the one, how difficult the other, and how far such a model can be trusted."""
