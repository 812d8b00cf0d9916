"""Where the journal is."""

from __future__ import annotations

from glob import escape
from pathlib import Path


def journal_path(choice: str | Path) -> Path | None:
    """The file of the journal, by `Settings.journal`; `None` if there is to be none."""
    if isinstance(choice, Path):
        return choice
    return default_path() if choice == "default" else None


def default_path() -> Path:
    """The file of the journal unless another is named, in this user's folder of state."""
    from platformdirs import user_state_path

    return user_state_path("streamtop", appauthor=False) / "journal.jsonl"


def journal_files(path: Path) -> list[Path]:
    """All files of a journal, oldest first: those moved aside when they were large, then itself."""
    pattern = f"{escape(path.stem)}-[0-9]*T[0-9]*Z{escape(path.suffix)}"
    aside = sorted(path.parent.glob(pattern)) if path.parent.is_dir() else []
    return [*aside, *([path] if path.exists() else [])]
