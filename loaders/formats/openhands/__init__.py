"""What the evaluations of OpenHands write: a line an instance, with its patch, its events and its usage."""
