"""What SQL cannot say: pure functions over records."""
