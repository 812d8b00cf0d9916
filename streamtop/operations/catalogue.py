"""Every operation there is: its names, the commands that it sends, and how it is undone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

OperationName = Literal[
    "acknowledge",
    "claim",
    "handover",
    "release",
    "replay",
    "dead-letter",
    "redrive",
    "add",
    "delete",
    "trim",
    "delete-stream",
    "create-group",
    "set-id",
    "destroy-group",
    "create-consumer",
    "remove-consumer",
    "prune-consumers",
    "undo",
]
UndoKind = Literal["restore", "uncopy", "reverse"]
"""Pending entries are restored, copies are deleted, or another operation reverses the change."""


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """What is known of an operation before anything is planned."""

    verb: str
    """The word on the button and at the head of the receipt."""
    needs: tuple[str, ...]
    """The commands that it sends whatever its options are."""
    undo: UndoKind | None
    irreversible: str = ""
    """Why it cannot be undone, in one or two sentences; {id} stands for its operation ID."""


CATALOGUE: Mapping[OperationName, CatalogueRow] = {
    "acknowledge": CatalogueRow("Acknowledge", ("EVAL", "XACK", "XPENDING"), "restore"),
    "claim": CatalogueRow("Claim", ("EVAL", "XCLAIM", "XPENDING"), "restore"),
    "handover": CatalogueRow("Hand over", ("EVAL", "XCLAIM", "XPENDING"), "restore"),
    "release": CatalogueRow("Release", ("EVAL", "XNACK", "XPENDING"), "restore"),
    "replay": CatalogueRow("Replay", ("EVAL", "XADD", "XRANGE"), "uncopy"),
    "dead-letter": CatalogueRow(
        "Dead-letter", ("EVAL", "XADD", "XACK", "XPENDING", "XRANGE", "TIME"), "uncopy"
    ),
    "redrive": CatalogueRow(
        "Redrive",
        ("EVAL", "XADD", "XRANGE"),
        "uncopy",  # unless the entries were removed
        "The entries were deleted as they were copied, and a server never reuses an ID: they can "
        "only be copied back.",
    ),
    "add": CatalogueRow("Add", ("XADD",), "uncopy"),
    "delete": CatalogueRow(
        "Delete",
        ("EVAL", "XDEL", "XRANGE"),
        None,
        "A server never reuses an ID, so deleted entries cannot be put back. The journal keeps "
        "their contents: streamtop journal {id} --json shows them.",
    ),
    "trim": CatalogueRow(
        "Trim",
        ("EVAL", "XTRIM", "XINFO GROUPS", "XPENDING", "XRANGE"),
        None,
        "A server never reuses an ID, so trimmed entries cannot be put back, and their contents "
        "are not kept.",
    ),
    "delete-stream": CatalogueRow(
        "Delete",
        ("EVAL", "UNLINK", "XINFO GROUPS", "XLEN"),
        None,
        "All entries of the stream were lost with it.",
    ),
    "create-group": CatalogueRow("Create", ("EVAL", "XGROUP CREATE", "XINFO GROUPS"), "reverse"),
    "set-id": CatalogueRow("Set ID", ("EVAL", "XGROUP SETID", "XINFO GROUPS"), "reverse"),
    "destroy-group": CatalogueRow(
        "Destroy",
        ("EVAL", "XGROUP DESTROY", "XINFO GROUPS"),
        None,
        "Which entries were pending in the group, and for whom, was lost with it.",
    ),
    "create-consumer": CatalogueRow("Create", ("XGROUP CREATECONSUMER",), "reverse"),
    "remove-consumer": CatalogueRow(
        "Remove",
        ("EVAL", "XGROUP DELCONSUMER", "XINFO CONSUMERS"),
        None,
        "The pending entries of a consumer are lost with it; one without any comes back when it "
        "next reads.",
    ),
    "prune-consumers": CatalogueRow(
        "Prune", ("EVAL", "XGROUP DELCONSUMER", "XINFO CONSUMERS"), "reverse"
    ),
    "undo": CatalogueRow(
        "Undo", ("EVAL",), None, "This is itself an undo: repeat the operation instead."
    ),
}
