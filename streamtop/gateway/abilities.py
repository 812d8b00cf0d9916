"""What the server can do and its user may do: COMMAND INFO and ACL DRYRUN → Abilities.

Either command may be missing or refused itself; what is not known counts as possible.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtop.model.abilities import Abilities
from streamtop.model.text import to_name
from streamtop.source import BusyError, SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtop.gateway.wire import Answer, Wire
    from streamtop.model.snapshot import ServerInfo
    from streamtop.source import Command

_TRIED: tuple[str, ...] = (
    "EVAL return 0",  # with the script "return" and no keys
    "EVAL_RO return 0",
    "EXISTS k",
    "XLEN k",
    "XINFO STREAM k",
    "XINFO GROUPS k",
    "XINFO CONSUMERS k g",
    "XRANGE k 0-1 0-1",
    "XPENDING k g 0-1 0-1 1",
    "XACK k g 0-1",
    "XCLAIM k g c 0 0-1",
    "XAUTOCLAIM k g c 0 0-1",
    "XNACK k g FAIL IDS 1 0-1",
    "XDEL k 0-1",
    "XDELEX k IDS 1 0-1",
    "XACKDEL k g IDS 1 0-1",
    "XADD k * f v",
    "XTRIM k MINID 0-1",
    "XGROUP CREATE k g 0-1",
    "XGROUP SETID k g 0-1",
    "XGROUP DESTROY k g",
    "XGROUP CREATECONSUMER k g c",
    "XGROUP DELCONSUMER k g c",
    "DEL k",
    "UNLINK k",
)
"""The commands that operations send, complete with arguments, as ACL DRYRUN needs them."""
_CONTAINERS = frozenset({"XGROUP", "XINFO"})
_KNOWS_IDMP = "XCFGSET"
"""The command that was introduced together with XADD ... IDMP."""
_FIRST_WITH = {
    "XNACK": (8, 8),
    _KNOWS_IDMP: (8, 6),
    "XDELEX": (8, 2),
    "EVAL_RO": (7, 0),
    "XAUTOCLAIM": (6, 2),
    "XACK": (5, 0),
}
"""Commands that prove a version of Redis, newest first, for when INFO names none."""
_SINCE_6_2 = frozenset({"XGROUP CREATECONSUMER", "XTRIM MINID"})
"""Forms of commands that are newer than the commands."""
_NOT_FOUND = re.compile(r"Command '.*' not found")
_REFUSED = re.compile(rb"no permissions to run the '[^']*' command\Z")
"""ACL DRYRUN's reply for a refused command; for keys it says "to access the ... key"."""


async def ask(wire: Wire, info: ServerInfo) -> Abilities:
    """What the server can do and its user may do; asking changes nothing.

    Permissions on keys are not considered: they differ from stream to stream.

    Raises:
        SourceError: If the server cannot be reached.

    Source:
        https://redis.io/docs/latest/commands/acl-dryrun/
    """
    names = list(dict.fromkeys([command.split()[0] for command in _TRIED] + [_KNOWS_IDMP]))
    about, who = await _ask(
        wire, [(b"COMMAND", b"INFO", *(name.encode() for name in names)), (b"ACL", b"WHOAMI")]
    )
    absent, present = _absent(names, about)
    refused: set[str] = set()
    if isinstance(who, bytes):
        dry_run = b"ACL", b"DRYRUN", who
        tried = [command for command in _TRIED if command.split()[0] not in absent]
        answers = await _ask(wire, [(*dry_run, *_words(command)) for command in tried])
        for command, answer in zip(tried, answers, strict=True):
            if isinstance(answer, bytes) and _REFUSED.search(answer):
                refused.add(_name(command))
            elif isinstance(answer, SourceError) and _NOT_FOUND.fullmatch(str(answer)):
                absent.add(_name(command))
    api = info.api if info.version else _api(present)
    if (0, 0) < api < (6, 2):
        absent |= _SINCE_6_2
    return Abilities(
        absent=frozenset(absent - {_KNOWS_IDMP}),
        refused=frozenset(refused | {name for name in _CONTAINERS if _all_of(name, refused)}),
        user=to_name(who) if isinstance(who, bytes) else None,
        api=api,
        idempotent=_idempotent(present, info),
    )


async def _ask(wire: Wire, commands: Sequence[Command]) -> list[Answer]:
    """The answers to commands.

    Raises:
        BusyError: If the server cannot answer now, so that the caller asks again later.
    """
    answers = await wire.ask(commands)
    for answer in answers:
        if isinstance(answer, BusyError):
            raise answer
    return answers


def _absent(names: Sequence[str], about: Answer) -> tuple[set[str], set[str]]:
    """The commands that the server lacks, and those that it has; both empty if unknown."""
    if not isinstance(about, list) or len(about) != len(names):
        return set(), set()
    absent = {name for name, row in zip(names, about, strict=True) if not row}
    return absent, set(names) - absent


def _api(present: set[str]) -> tuple[int, int]:
    return next((since for name, since in _FIRST_WITH.items() if name in present), (0, 0))


def _idempotent(present: set[str], info: ServerInfo) -> bool:
    if present:
        return _KNOWS_IDMP in present
    return info.flavour == "redis" and info.api >= _FIRST_WITH[_KNOWS_IDMP]


def _words(command: str) -> Command:
    """A command of `_TRIED` as it is sent."""
    return tuple(word.encode() for word in command.split())


def _name(command: str) -> str:
    """The name of a command in `Abilities`.

    >>> _name("XACK k g 0-1"), _name("XGROUP DESTROY k g")
    ('XACK', 'XGROUP DESTROY')
    """
    first, second, *_ = command.split()
    return f"{first} {second}" if first in _CONTAINERS else first


def _all_of(container: str, refused: set[str]) -> bool:
    """Whether all subcommands of a container are refused."""
    commands = {_name(command) for command in _TRIED if command.split()[0] == container}
    return commands <= refused
