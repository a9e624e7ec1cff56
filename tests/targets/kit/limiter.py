"""A token bucket per key: `rate` per second, `burst` at once; refusals are 429 with Retry-After."""

import math
import time

from fastapi import HTTPException


class Limiter:
    def __init__(self, rate, burst=None, never=False, clock=time.monotonic):
        self.rate = rate
        self.burst = burst or max(1.0, rate)
        self.refused_total = 0
        self._never = never
        self._clock = clock
        self._buckets = {}

    @classmethod
    def of(cls, settings, rate, burst=None):
        """rate: the application's own; one that was asked for at the start goes before."""
        if settings.limit is not None:
            rate, burst = settings.limit, None
        return cls(rate, burst, never=settings.broken == "unlimited")

    def check(self, key=""):
        """Takes a token of this key's bucket; 429 when it is empty."""
        if self._never:
            return
        now = self._clock()
        level, seen = self._buckets.get(key, (self.burst, now))
        level = min(self.burst, level + (now - seen) * self.rate)
        if level >= 1:
            self._buckets[key] = (level - 1, now)
            return
        self._buckets[key] = (level, now)
        self.refused_total += 1
        wait_s = math.ceil((1 - level) / self.rate)
        raise HTTPException(429, "too many requests", {"Retry-After": str(wait_s)})
