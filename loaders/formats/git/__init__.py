"""Git repositories, as evidence."""
