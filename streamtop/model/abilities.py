"""The commands that a server has and its user may send."""

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
"""The first version that has a command, for those that not all servers have."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What the server can do and its user may do; anything unknown counts as possible."""

    absent: frozenset[str] = frozenset()
    """Commands, subcommands and forms that the server lacks: XNACK, XGROUP CREATECONSUMER."""
    refused: frozenset[str] = frozenset()
    """Commands and subcommands that the user may not send: XADD, XGROUP DESTROY."""
    user: str | None = None
    """The name under which the server knows us; `None` if it does not say."""
    api: tuple[int, int] = (99, 0)
    """The version of Redis that the server is compatible with."""
    idempotent: bool = False
    """Whether XADD supports IDMP (Redis 8.6)."""
    read_only: str | None = None
    """Why nothing may be written at all; `None` if writing is possible."""

    def why_not(self, *commands: str) -> str | None:
        """Why one of these commands cannot be used; `None` if all can, as far as is known.

        Args:
            commands: Names of commands, with subcommands: XGROUP DESTROY or XGROUP|DESTROY.

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
    """Why nothing is written if read-only mode was chosen.

    Args:
        because: The option or setting that chose it, if known.

    >>> started_read_only("--read-only")
    'streamtop was started read-only (--read-only)'
    """
    return "streamtop was started read-only" + (f" ({because})" if because else "")
