"""The governance backend: policies and decisions behind an API key and a limiter; an audit log.

The audit log is written by a task that empties a bounded queue into a file, as an asynchronous
logger does; the length of the queue is `async_logger_queue_size` of /metrics.
"""

import asyncio
import secrets

from fastapi import Depends, HTTPException, Request
from kit.application import Application
from kit.database import Pool
from kit.limiter import Limiter
from pydantic import BaseModel

SCHEMA = """
CREATE TABLE policies (id INTEGER PRIMARY KEY, name TEXT, action TEXT, allowed INTEGER);
CREATE TABLE decisions (id INTEGER PRIMARY KEY, policy INTEGER, subject TEXT, allowed INTEGER);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
INSERT INTO policies SELECT i, 'policy ' || i, 'action ' || i % 7, i % 3 != 0 FROM n;
"""


class Question(BaseModel):
    policy: int
    subject: str


class AuditLog:
    def __init__(self, path, size_max=1000):
        self._path = path
        self._queue = asyncio.Queue(size_max)
        self._writer = None

    def __len__(self):
        return self._queue.qsize()

    def write(self, line):
        """Never waits: a full queue loses the line, as a logger does."""
        if self._writer is None:
            self._writer = asyncio.create_task(self._drain())
        if not self._queue.full():
            self._queue.put_nowait(line)

    async def _drain(self):
        with self._path.open("a", encoding="utf-8") as file:
            while True:
                file.write(await self._queue.get() + "\n")
                if self._queue.empty():
                    file.flush()


def create(settings):
    pool = Pool.of(settings, SCHEMA)
    limiter = Limiter.of(settings, 900, 200)
    log = AuditLog(settings.folder / "audit.log")
    key = secrets.token_urlsafe(24)
    app = Application(settings, ["/api/v1/policies"],
                      lambda: {"async_logger_queue_size": len(log),
                               "db_pool_in_use": pool.in_use})
    app.breaks = ("slow", "errors", "leak", "unlimited")

    async def checked(request: Request):
        limiter.check()
        if not secrets.compare_digest(request.headers.get("x-api-key", ""), key):
            raise HTTPException(401, "invalid API key")
        log.write(f"{request.method} {request.url.path}")

    @app.get("/health")
    async def health():
        return {"status": "healthy"}

    @app.get("/api/v1/policies", dependencies=[Depends(checked)])
    async def policies():
        return {"items": await pool.rows("SELECT * FROM policies ORDER BY id LIMIT 20")}

    @app.get("/api/v1/policies/{policy}", dependencies=[Depends(checked)])
    async def policy_of(policy: int):
        found = await pool.row("SELECT * FROM policies WHERE id = ?", policy)
        if found is None:
            raise HTTPException(404, "no such policy")
        return found

    @app.post("/api/v1/decisions", status_code=201, dependencies=[Depends(checked)])
    async def decide(question: Question):
        found = await pool.row("SELECT allowed FROM policies WHERE id = ?", question.policy)
        if found is None:
            raise HTTPException(404, "no such policy")
        made = await pool.write("INSERT INTO decisions (policy, subject, allowed) VALUES (?, ?, ?)",
                                question.policy, question.subject, found["allowed"])
        return {"id": made.lastrowid, "allowed": bool(found["allowed"])}

    @app.get("/api/v1/decisions/{decision}", dependencies=[Depends(checked)])
    async def decision_of(decision: int):
        found = await pool.row("SELECT * FROM decisions WHERE id = ?", decision)
        if found is None:
            raise HTTPException(404, "no such decision")
        return found

    return app, {"API_KEY": key}
