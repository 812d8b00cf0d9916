"""What was done, by whom, with what outcome, and how it is undone: JSON lines in a file."""
