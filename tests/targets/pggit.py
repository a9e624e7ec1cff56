"""The PGGIT API, phase 8: webhooks, alerts, dashboard and cache behind a JSON Web Token; a
WebSocket that tells who listens of every alert.
"""

import asyncio
import contextlib
import json

from fastapi import Depends, HTTPException, Request, WebSocket, WebSocketDisconnect
from kit.application import Application
from kit.cache import Cache
from kit.database import Pool
from kit.tokens import Signer
from pydantic import BaseModel

SCHEMA = """
CREATE TABLE webhooks (id INTEGER PRIMARY KEY, url TEXT, event TEXT, active INTEGER);
CREATE TABLE alerts (id INTEGER PRIMARY KEY, severity TEXT, message TEXT, acknowledged_by TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
INSERT INTO webhooks SELECT i, 'https://hooks.example.org/' || i, 'merge', 1 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
INSERT INTO alerts SELECT i, 'warning', 'branch ' || i || ' diverged', NULL FROM n;
"""


class Webhook(BaseModel):
    url: str
    event: str = "merge"


def create(settings):
    pool = Pool.of(settings, SCHEMA)
    cache = Cache(broken=settings.broken)
    signer = Signer()
    listeners = set()
    app = Application(settings, ["/api/v1/webhooks"],
                      lambda: {"websocket_listeners": len(listeners),
                               "cache_hit_rate": cache.stats()["hit_rate"]})
    app.breaks = ("slow", "errors", "leak", "stale", "drops")
    user = Depends(signer.require)
    _webhooks(app, pool, cache, user)
    _alerts(app, pool, signer, listeners)
    _rest(app, pool, cache, user)
    _stream(app, signer, listeners, 3 if settings.broken == "drops" else None)
    return app, {"JWT_TOKEN": signer.issue("load-test")}


def _webhooks(app, pool, cache, user):
    async def known(webhook):
        found = await pool.row("SELECT * FROM webhooks WHERE id = ?", webhook)
        if found is None:
            raise HTTPException(404, "no such webhook")
        return found

    @app.get("/api/v1/webhooks", dependencies=[user])
    async def webhooks(limit: int = 20):
        return cache.get(f"webhooks {limit}") or cache.put(
            f"webhooks {limit}",
            {"items": await pool.rows("SELECT * FROM webhooks ORDER BY id LIMIT ?", limit)})

    @app.post("/api/v1/webhooks", status_code=201, dependencies=[user])
    async def create_webhook(webhook: Webhook):
        made = await pool.write("INSERT INTO webhooks (url, event, active) VALUES (?, ?, 1)",
                                webhook.url, webhook.event)
        cache.drop("webhooks")
        return {"id": made.lastrowid, **webhook.dict()}

    @app.get("/api/v1/webhooks/{webhook}", dependencies=[user])
    async def webhook_of(webhook: int):
        return await known(webhook)

    @app.patch("/api/v1/webhooks/{webhook}", dependencies=[user])
    async def change_webhook(webhook: int, change: dict):
        found = await known(webhook)
        await pool.write("UPDATE webhooks SET active = ? WHERE id = ?",
                         int(change.get("active", found["active"])), webhook)
        return await known(webhook)

    @app.delete("/api/v1/webhooks/{webhook}", status_code=204, dependencies=[user])
    async def delete_webhook(webhook: int):
        await known(webhook)
        await pool.write("DELETE FROM webhooks WHERE id = ?", webhook)
        cache.drop("webhooks")


def _alerts(app, pool, signer, listeners):
    @app.get("/api/v1/alerts", dependencies=[Depends(signer.require)])
    async def alerts(limit: int = 20):
        return {"items": await pool.rows("SELECT * FROM alerts ORDER BY id LIMIT ?", limit)}

    @app.post("/api/v1/alerts/{alert}/acknowledge")
    async def acknowledge(alert: int, request: Request):
        who = signer.claims_of(request)["sub"]
        done = await pool.write("UPDATE alerts SET acknowledged_by = ? WHERE id = ?", who, alert)
        if done.rowcount == 0:
            raise HTTPException(404, "no such alert")
        news = json.dumps({"type": "alert", "id": alert, "acknowledged_by": who})
        for queue in listeners:
            queue.put_nowait(news)
        return {"id": alert, "acknowledged_by": who}


def _rest(app, pool, cache, user):
    @app.get("/api/v1/dashboard/metrics", dependencies=[user])
    async def dashboard():
        found = cache.get("dashboard")
        if found is None:
            found = cache.put("dashboard", await pool.row(
                "SELECT (SELECT count(*) FROM webhooks) AS webhooks, "
                "(SELECT count(*) FROM alerts WHERE acknowledged_by IS NULL) AS open_alerts"))
        return found

    @app.get("/api/v1/cache/stats", dependencies=[user])
    async def cache_stats():
        return cache.stats()

    @app.post("/api/v1/cache/invalidate", dependencies=[user])
    async def invalidate(what: dict):
        return {"dropped": cache.drop(what.get("prefix", ""))}

    @app.get("/health")
    async def health():
        return {"status": "healthy"}

    @app.get("/health/deep")
    async def deep_health():
        await pool.row("SELECT 1")
        return {"status": "healthy", "database": "ok", "cache": "ok"}


def _stream(app, signer, listeners, messages_max):
    """messages_max: the connection is cut after so many messages of the client."""
    async def tell(socket, queue):
        while True:
            await socket.send_text(await queue.get())

    @app.websocket("/ws/alerts")
    async def stream(socket: WebSocket):
        claims = signer.read(socket.query_params.get("token", ""))
        if claims is None:
            return await socket.close(1008)
        await socket.accept()
        queue = asyncio.Queue()
        listeners.add(queue)
        app.happened("websocket opened")
        teller = asyncio.create_task(tell(socket, queue))
        try:
            queue.put_nowait(json.dumps({"type": "welcome", "user": claims["sub"]}))
            received = 0
            while received != messages_max:
                message = json.loads(await socket.receive_text())
                received += 1
                app.happened("websocket message")
                queue.put_nowait(json.dumps({"type": f"{message['type']} done",
                                             "n": message.get("n")}))
            await socket.close(1011)
        except WebSocketDisconnect as gone:
            app.happened(f"websocket closed {gone.code}")
        finally:
            listeners.discard(queue)
            teller.cancel()
            with contextlib.suppress(asyncio.CancelledError, RuntimeError):
                await teller
