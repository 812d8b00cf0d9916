"""One module per format, which decodes bytes or rejects them."""
