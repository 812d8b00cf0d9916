"""Limits on what is read and shown of a value, so that none takes long."""

SHOWN = 32_768
"""Maximum bytes or characters shown of a value."""
SUMMARY = 400
"""Maximum characters of a summary line."""
LARGEST = 1_000_000
"""Maximum bytes of a value that is decoded; of a larger one a part is shown, undecoded."""
EXPANDED = 1_000_000
"""Maximum bytes read from a compressed value."""
DEEPEST = 50
"""Maximum nesting of a structure."""
NODES = 20_000
"""Maximum number of values in a structure."""
LAYERS = 5
"""Maximum formats within one another, as in JSON in base64 in gzip."""
