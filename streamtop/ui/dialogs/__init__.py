"""Questions and answers: each is dismissed with what was decided."""
