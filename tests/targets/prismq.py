"""The PrismQ client backend: modules, their configuration, runs that are launched, take a moment
and leave logs. So many runs at once; one more is refused with 503.
"""

import asyncio

from fastapi import HTTPException
from kit.application import Application
from kit.database import Pool
from pydantic import BaseModel

SCHEMA = """
CREATE TABLE modules (id INTEGER PRIMARY KEY, name TEXT, config TEXT);
CREATE TABLE runs (id INTEGER PRIMARY KEY, module INTEGER, status TEXT);
CREATE TABLE logs (run INTEGER, line TEXT);
CREATE INDEX logs_by_run ON logs (run);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12)
INSERT INTO modules SELECT i, 'module ' || i, 'fast' FROM n;
INSERT INTO runs VALUES (1, 1, 'completed');
INSERT INTO logs VALUES (1, 'started'), (1, 'completed');
"""
RUNS_AT_ONCE_MAX = 1000
RUN_S = 0.5


class Config(BaseModel):
    mode: str
    level: int = 1


def create(settings):
    pool = Pool.of(settings, SCHEMA)
    app = Application(settings, ["/api/system/stats"])
    app.breaks = ("slow", "errors", "leak", "pool")
    _modules(app, pool)
    _runs(app, pool)
    return app, {}


def _modules(app, pool):
    async def known(module):
        found = await pool.row("SELECT * FROM modules WHERE id = ?", module)
        if found is None:
            raise HTTPException(404, "no such module")
        return found

    @app.get("/api/health")
    async def health():
        return {"status": "healthy"}

    @app.get("/api/modules")
    async def modules():
        return {"items": await pool.rows("SELECT id, name FROM modules ORDER BY id")}

    @app.get("/api/modules/{module}/config")
    async def config_of(module: int):
        return {"id": module, "mode": (await known(module))["config"]}

    @app.post("/api/modules/{module}/config")
    async def save_config(module: int, config: Config):
        await known(module)
        await pool.write("UPDATE modules SET config = ? WHERE id = ?", config.mode, module)
        app.happened("configured")
        return {"id": module, **config.dict()}


def _runs(app, pool):
    running = set()

    async def run(number):
        await asyncio.sleep(RUN_S)
        await pool.write("UPDATE runs SET status = 'completed' WHERE id = ?", number)
        await pool.write("INSERT INTO logs VALUES (?, 'completed')", number)

    @app.post("/api/modules/{module}/run", status_code=202)
    async def launch(module: int):
        if len(running) >= RUNS_AT_ONCE_MAX:
            raise HTTPException(503, "too many runs at once")
        made = await pool.write("INSERT INTO runs (module, status) VALUES (?, 'running')", module)
        number = made.lastrowid
        await pool.write("INSERT INTO logs VALUES (?, 'started')", number)
        task = asyncio.create_task(run(number))
        running.add(task)
        task.add_done_callback(running.discard)
        app.happened("launched")
        return {"run_id": number, "status": "running"}

    @app.get("/api/runs")
    async def runs(limit: int = 20):
        return {"items": await pool.rows("SELECT * FROM runs ORDER BY id DESC LIMIT ?", limit)}

    @app.get("/api/runs/{number}")
    async def run_of(number: int):
        found = await pool.row("SELECT * FROM runs WHERE id = ?", number)
        if found is None:
            raise HTTPException(404, "no such run")
        return found

    @app.get("/api/runs/{number}/logs")
    async def logs_of(number: int):
        return {"lines": [row["line"] for row in
                          await pool.rows("SELECT line FROM logs WHERE run = ?", number)]}

    @app.get("/api/system/stats")
    async def stats():
        counted = await pool.row("SELECT count(*) AS runs FROM runs")
        return {**counted, "running": len(running), "pool": pool.status()}
