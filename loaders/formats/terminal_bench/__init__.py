"""Terminal-Bench, Harbor's predecessor: its run folders and what a leaderboard submission puts around them."""
