"""Values that are not for everybody's eyes, hidden before anything else sees them.

Masking is done where entries come in, so that what is hidden cannot show anywhere: lists,
details, copies, exports, the journal. What is written to the server is never masked: copies
are made there, from the entry itself.
"""

from __future__ import annotations

from streamtop.masking.clear import HIDDEN
from streamtop.masking.mask import Mask, mask
from streamtop.masking.source import MaskedSource

__all__ = ["HIDDEN", "Mask", "MaskedSource", "mask"]
