"""What can be copied of an entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.decode import decode, export
from streamtop.model.text import printable
from streamtop.ui.dialogs.form import Choice, Form, Option

if TYPE_CHECKING:
    from streamtop.ui.dialog_host import ShowDialog
    from streamtop.ui.messages import CopyRequested


async def choose_copy(requested: CopyRequested, ask: ShowDialog) -> str | None:
    """Ask what to copy of an entry.

    Returns:
        The text; `None` if the user left.
    """
    body = "\n".join(
        body.raw.decode("utf-8", "backslashreplace") for _, body in decode(requested.entry).bodies
    )
    ways = [
        Option("value", "the value at the cursor", printable(requested.value[:60])),
        Option("body", "the payload, as it is"),
        Option("json", "the entry as JSON"),
        Option("xadd", "the XADD command that adds it again"),
        Option("id", "its ID", str(requested.entry.id)),
    ]
    what = Choice("What", ways if requested.value else ways[1:])
    answers = await ask(Form(f"Copy what of {requested.entry.id}?", [what]))
    if answers is None:
        return None
    match answers[what]:
        case "value":
            return requested.value
        case "body":
            return body
        case "json":
            return export.json_line(requested.entry).decode().rstrip("\n")
        case "xadd":
            return export.xadd_line(requested.stream, requested.entry).decode().rstrip("\n")
        case _:
            return str(requested.entry.id)
