"""What the SWE-bench harness reads and writes."""
