"""What a server can do and its user may do, asked once."""

from __future__ import annotations

from dataclasses import dataclass

from streamtop.model.text import printable

SINCE = {
    "XNACK": "Redis 8.8",
    "XDELEX": "Redis 8.2",
    "XACKDEL": "Redis 8.2",
    "XAUTOCLAIM": "Redis 6.2",
    "XTRIM MINID": "Redis 6.2",
    "XGROUP CREATECONSUMER": "Redis 6.2",
}
"""Which server has a command that not all have."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What can be done; whatever could not be asked counts as possible."""

    absent: frozenset[str] = frozenset()
    """Commands that the server does not have; of some a form of them: XGROUP CREATECONSUMER."""
    refused: frozenset[str] = frozenset()
    """Commands that the user may not send; those of a container one by one: XGROUP DESTROY."""
    user: str | None = None
    """Who the server takes us for; `None` when it would not tell."""
    api: tuple[int, int] = (99, 0)
    """The version of Redis whose syntax the server takes."""
    idempotent: bool = False
    """Whether XADD knows IDMP (Redis 8.6)."""
    read_only: str | None = None
    """Why nothing may be written at all, if that is so."""

    def why_not(self, *commands: str) -> str | None:
        """Why one of these commands cannot be used; `None` when all can, as far as is known.

        Args:
            commands: Their names, those of a container with theirs: XGROUP DESTROY, or
                XGROUP|DESTROY.

        >>> Abilities(absent=frozenset({"XNACK"})).why_not("EVAL", "XNACK")
        'this server has no XNACK (Redis 8.8 and later)'
        >>> Abilities(refused=frozenset({"XGROUP DESTROY"}), user="eve").why_not("XGROUP DESTROY")
        'the user eve may not send XGROUP DESTROY'
        """
        if self.read_only is not None:
            return self.read_only
        for command in commands:
            command = command.replace("|", " ")
            names = {command, command.partition(" ")[0]}
            if names & self.absent:
                since = SINCE.get(command)
                return f"this server has no {command}" + (f" ({since} and later)" if since else "")
            if names & self.refused:
                user = f"the user {printable(self.user)}" if self.user else "this user"
                return f"{user} may not send {command}"
        return None


def started_read_only(because: str | None) -> str:
    """Why nothing is written, where that was chosen.

    Args:
        because: Where it was chosen, if that is known.

    >>> started_read_only("--read-only")
    'streamtop was started read-only (--read-only)'
    """
    return "streamtop was started read-only" + (f" ({because})" if because else "")
