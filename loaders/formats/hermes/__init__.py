"""Trajectories and exports of hermes."""
