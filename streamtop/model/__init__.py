"""Values: what streamtop knows of a server. Standard library only; no I/O, no clock."""
