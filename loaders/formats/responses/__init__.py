"""Outcomes of agents on items without what the agents did: matrices, tables of trials, results of leaderboards."""
