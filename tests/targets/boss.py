"""Boss Workflow: tasks in a database behind a cache, and what its administrators look at: the pool
of connections and the cache's hit rate.
"""

from fastapi import Depends, HTTPException
from kit.application import Application
from kit.cache import Cache
from kit.database import Pool
from kit.limiter import Limiter
from pydantic import BaseModel

STATES = ("pending", "in_progress", "completed")
SCHEMA = """
CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT, status TEXT);
CREATE INDEX tasks_by_status ON tasks (status);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
INSERT INTO tasks SELECT i, 'task ' || i,
    CASE i % 3 WHEN 0 THEN 'pending' WHEN 1 THEN 'in_progress' ELSE 'completed' END FROM n;
"""


class Task(BaseModel):
    title: str
    status: str = "pending"


class Status(BaseModel):
    status: str


def create(settings):
    pool = Pool.of(settings, SCHEMA)
    cache = Cache(lifetime_s=30.0, broken=settings.broken)
    limiter = Limiter.of(settings, 5000)
    app = Application(settings, ["/api/tasks"])
    app.breaks = ("slow", "errors", "leak", "pool", "stale", "unlimited")
    _tasks(app, pool, cache, limiter)

    @app.get("/health")
    async def health():
        return {"status": "healthy"}

    @app.get("/api/admin/pool-status")
    async def pool_status():
        return pool.status()

    @app.get("/api/admin/cache/stats")
    async def cache_stats():
        return cache.stats()

    return app, {}


def _tasks(app, pool, cache, limiter):
    async def within_limit():
        limiter.check()

    limited = [Depends(within_limit)]

    async def cached(key, query, *values):
        return cache.get(key) or cache.put(key, await pool.rows(query, *values))

    def check(status):
        if status not in STATES:
            raise HTTPException(422, f"status is one of {', '.join(STATES)}")

    @app.get("/api/tasks", dependencies=limited)
    async def tasks(status: str = ""):
        if status:
            check(status)
            return {"items": await cached(f"tasks {status}", "SELECT * FROM tasks WHERE status = ? "
                                          "ORDER BY id LIMIT 20", status)}
        return {"items": await cached("tasks", "SELECT * FROM tasks ORDER BY id LIMIT 20")}

    @app.get("/api/tasks/{number}", dependencies=limited)
    async def task_of(number: int):
        found = await pool.row("SELECT * FROM tasks WHERE id = ?", number)
        if found is None:
            raise HTTPException(404, "no such task")
        return found

    @app.post("/api/tasks", status_code=201, dependencies=limited)
    async def create_task(task: Task):
        check(task.status)
        made = await pool.write("INSERT INTO tasks (title, status) VALUES (?, ?)", task.title,
                                task.status)
        app.happened("created")
        return {"id": made.lastrowid, **task.dict()}

    @app.patch("/api/tasks/{number}", dependencies=limited)
    async def change_task(number: int, change: Status):
        check(change.status)
        done = await pool.write("UPDATE tasks SET status = ? WHERE id = ?", change.status, number)
        if done.rowcount == 0:
            raise HTTPException(404, "no such task")
        app.happened("changed")
        return {"id": number, "status": change.status}

    @app.delete("/api/tasks/{number}", status_code=204, dependencies=limited)
    async def delete_task(number: int):
        await pool.write("DELETE FROM tasks WHERE id = ?", number)
        app.happened("deleted")

    @app.get("/api/statistics", dependencies=limited)
    async def statistics():
        return {row["status"]: row["tasks"] for row in await cached(
            "statistics", "SELECT status, count(*) AS tasks FROM tasks GROUP BY status")}
