"""What formats of agent telemetry have in common."""
