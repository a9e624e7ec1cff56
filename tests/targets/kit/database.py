"""SQLite behind a pool as servers have it: so many connections, then waiting, then overflow.

A query holds its connection for one turn of the loop, as one that waits for a database does. Who
finds no free connection waits for `patience_s`; then a connection beyond the size is opened, closed
after use and counted as overflow; beyond `overflow_max` of those the query is refused.
"""

import asyncio
import contextlib
import sqlite3


class TooManyConnections(Exception):
    """All connections of the pool and all of its overflow are in use."""


class Pool:
    def __init__(self, path, schema, size=20, overflow_max=10, patience_s=5.0, hold_s=0.0):
        self.size = size
        self.overflow_max = overflow_max
        self.overflow_total = 0
        self.refused_total = 0
        self.in_use = 0
        self._path = path
        self._patience_s = patience_s
        self._hold_s = hold_s
        self._free = [self._open() for _ in range(size)]
        self._extra = 0
        self._returned = asyncio.Condition()
        self._free[0].executescript(schema)

    @classmethod
    def of(cls, settings, schema):
        """The pool of an application; a broken one is small, slow and without patience."""
        path = settings.folder / "target.sqlite"
        if settings.broken == "pool":
            return cls(path, schema, size=2, overflow_max=3, patience_s=0.0, hold_s=0.1)
        return cls(path, schema)

    def _open(self):
        connection = sqlite3.connect(self._path, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    async def _take(self):
        """(connection, whether it is one beyond the size)"""
        if not self._free and self._patience_s:
            with contextlib.suppress(asyncio.TimeoutError):
                async with self._returned:
                    await asyncio.wait_for(self._returned.wait_for(lambda: self._free),
                                           self._patience_s)
        if self._free:
            return self._free.pop(), False
        if self._extra >= self.overflow_max:
            self.refused_total += 1
            raise TooManyConnections
        self._extra += 1
        self.overflow_total += 1
        return self._open(), True

    @contextlib.asynccontextmanager
    async def connection(self):
        connection, extra = await self._take()
        self.in_use += 1
        try:
            await asyncio.sleep(self._hold_s)
            yield connection
        finally:
            self.in_use -= 1
            if extra:
                self._extra -= 1
                connection.close()
            else:
                self._free.append(connection)
                async with self._returned:
                    self._returned.notify()

    async def rows(self, query, *values):
        async with self.connection() as connection:
            return [dict(row) for row in connection.execute(query, values)]

    async def row(self, query, *values):
        found = await self.rows(query, *values)
        return found[0] if found else None

    async def write(self, query, *values):
        """The cursor: lastrowid of an INSERT, rowcount of an UPDATE or DELETE."""
        async with self.connection() as connection:
            return connection.execute(query, values)

    def status(self):
        return {"size": self.size, "in_use": self.in_use, "overflow": self._extra,
                "overflow_total": self.overflow_total, "refused_total": self.refused_total}
