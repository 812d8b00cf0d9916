"""The terminal. The only package that imports textual."""
