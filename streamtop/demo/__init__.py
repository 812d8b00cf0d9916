"""An embedded server with producers and consumers in trouble, to try streamtop on.

Nothing here is imported before the demo is asked for, and nothing of it is part of
what streamtop does to a user's own server.
"""
