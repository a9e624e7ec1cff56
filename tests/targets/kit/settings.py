"""How a target is started, and the ways in which it can be broken on purpose."""

import dataclasses
import pathlib

BROKEN = {
    "slow": "one endpoint answers late",
    "errors": "forty of every two hundred requests fail, one after the other",
    "leak": "every request keeps 256 KiB for good",
    "pool": "queries hold their connection, and the pool has two",
    "unlimited": "the rate limiter never refuses",
    "stale": "the cache never keeps what it is given",
    "drops": "WebSockets are closed in the middle of a stream",
}


@dataclasses.dataclass
class Settings:
    """folder: for the database, the caller's to remove. limit: requests per second that the
    application's limiter lets through, None for the application's own. slow_s: how late the
    slow endpoint is. broken: a key of BROKEN, or None."""

    folder: pathlib.Path
    broken: str | None = None
    limit: float | None = None
    slow_s: float = 1.0
