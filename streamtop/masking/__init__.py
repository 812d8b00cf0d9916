"""Masking: confidential values are hidden before anything else sees them.

Entries are masked as they arrive from the server, so that hidden values cannot appear in
lists, details, exports or the journal. What is written to the server is never masked: it
copies the entries itself.
"""

from __future__ import annotations

from streamtop.masking.mask import Mask, mask
from streamtop.masking.searchable import HIDDEN
from streamtop.masking.source import MaskedSource

__all__ = ["HIDDEN", "Mask", "MaskedSource", "mask"]
