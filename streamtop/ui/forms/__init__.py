"""Forms: each asks for what a request lacks and returns a plan; one function for each action."""
