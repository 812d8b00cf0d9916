"""The text of INFO → ServerInfo; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.model.snapshot import ServerInfo
from streamtop.model.text import printable

if TYPE_CHECKING:
    from streamtop.model.snapshot import Flavour, Role


def server_info(url: str, reply: bytes) -> ServerInfo:
    """The identity of a server, from the text of INFO.

    Args:
        url: Its URL without the password.
        reply: The sections server, replication and cluster; any may be missing.

    Source:
        https://redis.io/docs/latest/commands/info/
    """
    info = info_fields(reply)
    compatible = info.get("redis_version", "")
    flavour: Flavour = "unknown"
    version = compatible
    if "valkey_version" in info or info.get("server_name") == "valkey":
        flavour, version = "valkey", info.get("valkey_version", compatible)
    elif "redict_version" in info or info.get("server_name") == "redict":
        flavour, version = "redict", info.get("redict_version", compatible)
    elif compatible:
        flavour = "redis"
    mode = info.get("redis_mode") or info.get("server_mode")  # the latter since Valkey 9
    cluster = info.get("cluster_enabled") == "1" or mode == "cluster"
    role = replication_role(info)
    if mode == "sentinel":
        role = "sentinel"
    elif cluster:
        role = "cluster"
    numbers = [int(part) for part in compatible.split(".")[:2] if part.isdigit()]
    api = (numbers[0], numbers[1]) if len(numbers) == 2 else (0, 0)
    return ServerInfo(url, flavour, printable(version), role, api, cluster)


def replication_role(info: dict[str, str]) -> Role:
    """Master or slave, from INFO replication."""
    return "slave" if info.get("role") == "slave" else "master"


def info_fields(reply: bytes) -> dict[str, str]:
    r"""The fields of INFO.

    >>> info_fields(b"# Server\r\nredis_version:7.0.15\r\nos:Linux: 6\r\n")
    {'redis_version': '7.0.15', 'os': 'Linux: 6'}
    """
    lines = reply.decode("utf-8", errors="replace").splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line and line[0] != "#")
