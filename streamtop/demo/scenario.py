"""The demo's streams, groups and consumers, and their troubles, in one table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from streamtop.demo import payloads
from streamtop.demo.payloads import Payload


def anything(fields: Sequence[bytes]) -> bool:
    """Accept every entry."""
    return True


@dataclass(frozen=True, slots=True)
class Left:
    """The entries that one consumer left pending before the demo began."""

    consumer: str
    entries: int
    """Number of entries delivered to it and not acknowledged."""
    minutes: float
    """How long ago they were delivered, just after the last of them was added."""
    gone: bool = True
    """Whether the consumer has not been seen since, and never comes back."""
    deliveries: int = 1
    """Delivery count of each entry."""
    deleted: int = 0
    """How many of the entries no longer exist."""
    payload: Payload | None = None
    """The payload of these entries, if it differs from that of the stream."""


@dataclass(frozen=True, slots=True)
class Group:
    """One consumer group and its live consumers."""

    name: str
    consumers: tuple[str, ...] = ()
    seconds: float = 0.05
    """How long a consumer works on one entry."""
    batch: int = 10
    """How many entries a consumer reads at once."""
    behind: int = 0
    """How many entries of the history are not yet delivered to the group."""
    from_end: bool = False
    """Whether it was created at `$`, so that the history is never delivered to it."""
    left: Left | None = None
    claims_from_all: bool = False
    """Whether its consumers claim all old pending entries of the group, or only their own."""
    accepts: Callable[[Sequence[bytes]], bool] = anything
    """Whether a consumer succeeds with an entry; otherwise the entry stays pending."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream, its history and its producer."""

    name: str
    payload: Payload
    entries: int
    """Number of entries added before the demo began."""
    minutes: float = 20
    """How long ago the first of them was added."""
    rate: float = 0
    """Entries added a second by the live producer; 0 for no producer."""
    until: float = 0
    """How many minutes ago the history ends."""
    keep: int | None = None
    """The producer trims to about this length (MAXLEN ~); `None` for never."""
    withdrawn_every: float | None = None
    """Seconds between two deletions (XDEL) of the newest entry; `None` for never."""
    groups: tuple[Group, ...] = ()


SCENARIO = (
    # `billing`: worker-3 was killed twelve minutes ago with 40 entries pending, and nobody
    # claims them. `analytics` was created at `$` and skipped the history.
    Stream(
        "orders",
        payloads.order,
        entries=2_400,
        rate=2,
        keep=20_000,
        groups=(
            Group(
                "billing",
                ("worker-1", "worker-2"),
                seconds=0.3,
                left=Left("worker-3", entries=40, minutes=12),
            ),
            Group("analytics", ("dashboard-1",), from_end=True),
        ),
    ),
    # A malformed entry fails at each delivery; both consumers claim it again and again, and
    # its delivery count grows.
    Stream(
        "payments",
        payloads.payment,
        entries=1_800,
        rate=1.5,
        keep=20_000,
        groups=(
            Group(
                "ledger",
                ("ledger-1", "ledger-2"),
                seconds=0.2,
                claims_from_all=True,
                accepts=payloads.is_payment,
                left=Left(
                    "ledger-1",
                    entries=1,
                    minutes=6,
                    gone=False,
                    deliveries=7,
                    payload=payloads.malformed_payment,
                ),
            ),
        ),
    ),
    # The group's only consumer is slower than the producer: its lag grows.
    Stream(
        "emails",
        payloads.email,
        entries=9_600,
        rate=8,
        keep=50_000,
        groups=(Group("sender", ("sender-1",), seconds=0.25, batch=8, behind=3_400),),
    ),
    # Everything is read and acknowledged, and nobody trims: the length only grows.
    Stream(
        "audit",
        payloads.audit,
        entries=98_120,
        minutes=6 * 60,
        rate=4.5,
        groups=(Group("siem", ("siem-1",), seconds=0.02, batch=50),),
    ),
    # The only consumer hung nine minutes ago, and the producer trims past the group's
    # position: entries are lost before they are delivered.
    Stream(
        "thumbnails",
        payloads.thumbnail,
        entries=3_600,
        rate=3,
        keep=500,
        groups=(Group("resizer", behind=1_620, left=Left("resizer-1", entries=0, minutes=9)),),
    ),
    # sync-2 died with twelve entries pending, of which seven were deleted since.
    Stream(
        "inventory",
        payloads.stock,
        entries=1_200,
        rate=1,
        keep=10_000,
        groups=(Group("sync", ("sync-1",), left=Left("sync-2", entries=12, minutes=7, deleted=7)),),
    ),
    # Entries not yet delivered are deleted: the server cannot tell the group's lag.
    Stream(
        "invoices",
        payloads.invoice,
        entries=600,
        rate=0.5,
        keep=10_000,
        withdrawn_every=12,
        groups=(Group("pdf", ("pdf-1",), seconds=2.2, batch=1, behind=45),),
    ),
    # Healthy: from FastStream; busy; from taskiq; not ASCII; quiet. And one that is unused.
    Stream(
        "signups",
        payloads.signup,
        entries=1_200,
        rate=1,
        keep=5_000,
        groups=(Group("mailer", ("mailer-1", "mailer-2"), seconds=0.15),),
    ),
    Stream(
        "pageviews",
        payloads.pageview,
        entries=2_400,
        minutes=4,
        rate=10,
        keep=3_000,
        groups=(
            Group("sessions", tuple(f"web-{n}" for n in (1, 2, 3, 4)), seconds=0.35, batch=4),
            Group("heatmap", ("heatmap-1",), seconds=0.04, batch=50),
        ),
    ),
    Stream(
        "taskiq",
        payloads.task,
        entries=1_200,
        rate=1,
        keep=5_000,
        groups=(Group("taskiq", ("0d6f3b52c1", "9b41e7aa08"), seconds=0.4),),
    ),
    Stream(
        "注文",
        payloads.kitchen_order,
        entries=600,
        rate=0.5,
        keep=5_000,
        groups=(Group("厨房", ("シェフ-1",), seconds=0.5),),
    ),
    Stream(
        "refunds",
        payloads.refund,
        entries=48,
        rate=0.04,
        keep=1_000,
        groups=(Group("bookkeeping", ("book-1",)),),
    ),
    Stream(
        "webhooks:legacy", payloads.webhook, entries=120, minutes=6 * 24 * 60, until=2 * 24 * 60
    ),
)
