"""What streamtop knows about a server, as values. Standard library only; no I/O, no clock."""
