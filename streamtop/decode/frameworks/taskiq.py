"""taskiq-redis: one field `data`, the task in JSON or the format of another serializer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.decode.decoded import Body, Decoded
from streamtop.decode.field_values import as_text, encoded, facts, mapping
from streamtop.decode.limits import LARGEST, SUMMARY

if TYPE_CHECKING:
    from streamtop.decode.values import Json
    from streamtop.model.entries import Entry


def read(entry: Entry) -> Decoded | None:
    """A task: its name and arguments, its ID, its labels."""
    if len(entry.fields) != 1 or entry.fields[0][0] != b"data" or entry.size > LARGEST:
        return None
    raw = entry.fields[0][1]
    task = mapping(raw) or Body(raw).reading.tree
    if not isinstance(task, dict) or not {"task_id", "task_name", "args", "kwargs"} <= set(task):
        return None
    labels = task.get("labels")
    labels = labels if isinstance(labels, dict) else {}
    name = as_text(task["task_name"])
    arguments: Json = {"args": task["args"], "kwargs": task["kwargs"]}
    return Decoded(
        "taskiq",
        f"{name}({_arguments(task['args'], task['kwargs'])})"[:SUMMARY],
        (
            ("task", name),
            ("id", as_text(task["task_id"])),
            *facts(labels, ("retries", "_retries"), ("schedule", "schedule_id")),
        ),
        tuple((label, as_text(value)) for label, value in labels.items()),
        (("arguments", Body(encoded(arguments))),),
    )


def _arguments(args: Json, kwargs: Json) -> str:
    words = [encoded(value).decode() for value in args] if isinstance(args, list) else []
    if isinstance(kwargs, dict):
        words += [f"{name}={encoded(value).decode()}" for name, value in kwargs.items()]
    return ", ".join(words)
