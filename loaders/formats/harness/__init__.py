"""What a harness prints."""
