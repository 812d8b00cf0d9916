"""The files of the journal."""

from __future__ import annotations

from glob import escape
from pathlib import Path


def journal_path(choice: str | Path) -> Path | None:
    """The file that `Settings.journal` chooses; `None` for no journal."""
    if isinstance(choice, Path):
        return choice
    return default_path() if choice == "default" else None


def default_path() -> Path:
    """The default file, in the user's state folder."""
    from platformdirs import user_state_path

    return user_state_path("streamtop", appauthor=False) / "journal.jsonl"


def journal_files(path: Path) -> list[Path]:
    """All files of a journal, oldest first: those moved aside for their size, then `path`."""
    pattern = f"{escape(path.stem)}-[0-9]*T[0-9]*Z{escape(path.suffix)}"
    aside = sorted(path.parent.glob(pattern)) if path.parent.is_dir() else []
    return [*aside, *([path] if path.exists() else [])]
