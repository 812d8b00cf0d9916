"""How much is read and shown of any value, so that none of them can hold anybody up."""

SHOWN = 32_768
"""Bytes or characters of one value that are laid out, at most."""
SUMMARY = 400
"""Characters of a line, at most."""
LARGEST = 1_000_000
"""Bytes of a value that is read as a whole; a larger one is shown in part, as text or bytes."""
EXPANDED = 1_000_000
"""Bytes that a compressed value may become; the rest of it is not read."""
DEEPEST = 50
"""Levels of structure that are followed."""
NODES = 20_000
"""Values of one structure that are followed."""
LAYERS = 5
"""Formats around one another that are opened: JSON in base64 in gzip."""
