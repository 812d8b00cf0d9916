"""An embedded server with producers and consumers in trouble, for trying out streamtop.

The package is imported only for the demo, and never touches a user's own server.
"""
