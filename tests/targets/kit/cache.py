"""A cache with a time to live that knows its hit rate."""

import time


class Cache:
    def __init__(self, lifetime_s=5.0, broken=None):
        self.hits = 0
        self.misses = 0
        self._lifetime_s = lifetime_s
        self._keeps = broken != "stale"
        self._entries = {}

    def get(self, key):
        """The value, or None where it is missing or too old."""
        value, until = self._entries.get(key, (None, 0))
        if until > time.monotonic():
            self.hits += 1
            return value
        self.misses += 1
        return None

    def put(self, key, value):
        if self._keeps:
            self._entries[key] = (value, time.monotonic() + self._lifetime_s)
        return value

    def drop(self, prefix=""):
        """Forgets every key that starts so; returns how many."""
        doomed = [key for key in self._entries if key.startswith(prefix)]
        for key in doomed:
            del self._entries[key]
        return len(doomed)

    def stats(self):
        asked = self.hits + self.misses
        return {"hits": self.hits, "misses": self.misses, "entries": len(self._entries),
                "hit_rate": 100.0 * self.hits / asked if asked else 100.0}
