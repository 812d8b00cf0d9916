"""Which server it is: the text of INFO → ServerInfo; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.model.snapshot import ServerInfo
from streamtop.model.text import printable

if TYPE_CHECKING:
    from streamtop.model.snapshot import Flavour, Role


def server_info(url: str, reply: bytes) -> ServerInfo:
    """Which server this is, from the text of INFO.

    Args:
        url: Without its password.
        reply: The sections server, replication and cluster, as far as they were given.

    Source:
        https://redis.io/docs/latest/commands/info/
    """
    found = facts(reply)
    compatible = found.get("redis_version", "")
    flavour: Flavour = "unknown"
    version = compatible
    if "valkey_version" in found or found.get("server_name") == "valkey":
        flavour, version = "valkey", found.get("valkey_version", compatible)
    elif "redict_version" in found or found.get("server_name") == "redict":
        flavour, version = "redict", found.get("redict_version", compatible)
    elif compatible:
        flavour = "redis"
    mode = found.get("redis_mode") or found.get("server_mode")  # Valkey 9 says the latter
    cluster = found.get("cluster_enabled") == "1" or mode == "cluster"
    role: Role = to_role(found)
    if mode == "sentinel":
        role = "sentinel"
    elif cluster:
        role = "cluster"
    numbers = [int(part) for part in compatible.split(".")[:2] if part.isdigit()]
    api = (numbers[0], numbers[1]) if len(numbers) == 2 else (0, 0)
    return ServerInfo(url, flavour, printable(version), role, api, cluster)


def to_role(found: dict[str, str]) -> Role:
    """Master or slave, from INFO replication."""
    return "slave" if found.get("role") == "slave" else "master"


def facts(reply: bytes) -> dict[str, str]:
    r"""The lines of INFO.

    >>> facts(b"# Server\r\nredis_version:7.0.15\r\nos:Linux: 6\r\n")
    {'redis_version': '7.0.15', 'os': 'Linux: 6'}
    """
    lines = reply.decode("utf-8", errors="replace").splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line and line[0] != "#")
