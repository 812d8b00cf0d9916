"""One file a format: bytes to a structure, or `None` when they are something else."""
