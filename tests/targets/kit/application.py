"""The frame of every application: a recorder of what came in, Prometheus text, and faults.

GET /_seen tells what the server itself saw, uncounted: requests by route, statuses by route, and
events that the application notes (registered, exported, …). Tests hold it against the report.
"""

import asyncio
import bisect
import collections
import time

from fastapi import FastAPI
from fastapi.responses import JSONResponse, PlainTextResponse

from .database import TooManyConnections

BUCKETS_MS = (5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000)


class Recorder:
    """Counts requests, statuses and latencies; an ASGI application around an ASGI application."""

    def __init__(self):
        self.requests = collections.Counter()
        self.statuses = collections.Counter()
        self.events = collections.Counter()
        self._buckets = [0] * (len(BUCKETS_MS) + 1)
        self._sum_ms = 0.0

    def wrap(self, app):
        async def recorded(scope, receive, send):
            if scope["type"] != "http" or scope["path"] in ("/_seen", "/metrics"):
                return await app(scope, receive, send)
            began = time.perf_counter()
            status = 500

            async def note(message):
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                await send(message)

            try:
                await app(scope, receive, note)
            finally:
                self._count(scope, status, (time.perf_counter() - began) * 1e3)
        return recorded

    def _count(self, scope, status, took_ms):
        route = scope.get("route")
        name = f"{scope['method']} {route.path if route else scope['path']}"
        self.requests[name] += 1
        self.statuses[f"{name} {status}"] += 1
        self._buckets[bisect.bisect_left(BUCKETS_MS, took_ms)] += 1
        self._sum_ms += took_ms

    def seen(self):
        return {"requests": self.requests, "statuses": self.statuses, "events": self.events}

    def prometheus(self, gauges):
        """The text exposition format; gauges and counters of the application behind our own."""
        lines = ["# TYPE requests_total counter"]
        by_status = collections.Counter()
        for name, count in self.statuses.items():
            method, path, status = name.split(" ")
            lines.append(f'requests_total{{method="{method}",path="{path}",status="{status}"}} '
                         f"{count}")
            by_status[status] += count
        failed = sum(count for status, count in by_status.items() if status >= "400"
                     and status != "429")
        lines += ["# TYPE errors_total counter", f"errors_total {failed}",
                  "# TYPE rate_limit_hits_total counter",
                  f"rate_limit_hits_total {by_status['429']}",
                  "# TYPE request_latency_ms histogram"]
        below = 0
        for limit, count in zip((*BUCKETS_MS, "+Inf"), self._buckets):
            below += count
            lines.append(f'request_latency_ms_bucket{{le="{limit}"}} {below}')
        lines += [f"request_latency_ms_sum {self._sum_ms:.3f}", f"request_latency_ms_count {below}"]
        for name, value in gauges.items():
            lines += [f"# TYPE {name} gauge", f"{name} {value}"]
        return "\n".join(lines) + "\n"


class Faults:
    """The broken variants that do not concern one part only: slow, errors and leak."""

    def __init__(self, settings, slow_paths):
        self._settings = settings
        self._slow_paths = tuple(slow_paths)
        self._requests = 0
        self._kept = []

    def wrap(self, app):
        if self._settings.broken not in ("slow", "errors", "leak"):
            return app

        async def faulty(scope, receive, send):
            if scope["type"] == "http" and not scope["path"].startswith("/_seen"):
                if await self._breaks(scope["path"]):
                    return await JSONResponse({"detail": "broken"}, 500)(scope, receive, send)
            return await app(scope, receive, send)
        return faulty

    async def _breaks(self, path):
        """Does the harm; returns whether this request fails."""
        number = self._requests
        self._requests += 1
        if self._settings.broken == "leak":
            self._kept.append(b"x" * 262144)
        elif self._settings.broken == "slow" and path.startswith(self._slow_paths):
            await asyncio.sleep(self._settings.slow_s)
        return self._settings.broken == "errors" and number % 200 >= 160


class Application(FastAPI):
    """A FastAPI application with a recorder; call wrapped() for what a server runs."""

    def __init__(self, settings, slow_paths=(), gauges=dict):
        """gauges: returns further values of /metrics by name."""
        super().__init__(docs_url=None, redoc_url=None, openapi_url=None)
        self.recorder = Recorder()
        self._faults = Faults(settings, slow_paths)

        @self.get("/_seen")
        async def seen():
            return self.recorder.seen()

        @self.get("/metrics")
        async def metrics():
            return PlainTextResponse(self.recorder.prometheus(gauges()))

        @self.exception_handler(TooManyConnections)
        async def refused(request, error):
            return JSONResponse({"detail": "too many connections"}, 503)

    def happened(self, event):
        self.recorder.events[event] += 1

    def wrapped(self):
        return self.recorder.wrap(self._faults.wrap(self))
