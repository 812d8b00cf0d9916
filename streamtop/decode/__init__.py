"""Bytes to something to read. Pure: nothing is unpickled, nothing executed, nothing raised."""

from streamtop.decode.entry import Part, parts, summary

__all__ = ["Part", "parts", "summary"]
