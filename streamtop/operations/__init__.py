"""Every write as a value: what it sends, what follows, and what came of it.

An operation is made from what was seen, shown, confirmed, and only then run. What is
shown and what is sent is the same tuple of words.
"""

from streamtop.operations.acknowledge import Acknowledge
from streamtop.operations.claim import Claim
from streamtop.operations.core import Operation, Outcome, Receipt, as_redis_cli
from streamtop.operations.replay import Replay

__all__ = ["Acknowledge", "Claim", "Operation", "Outcome", "Receipt", "Replay", "as_redis_cli"]
