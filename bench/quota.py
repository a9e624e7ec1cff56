"""A share of a core for the client, by the kernel's CPU bandwidth control: with it the client is the
limit for every tool, and none of them pays for sleeping in wait of the target. Needs root."""

import os

ROOT = "/sys/fs/cgroup"
PERIOD_US = 2000  # short, so that no connection waits long


class Quota:
    """A control group; use it in a `with`, and `join` between fork and exec."""

    def __init__(self, share: float):
        self.second = os.path.exists(f"{ROOT}/cgroup.controllers")
        self.folder = f"{ROOT}/{'' if self.second else 'cpu/'}ringblast-bench-{os.getpid()}"
        self.quota_us = max(1000, int(share * PERIOD_US))  # the kernel's least

    def write(self, file: str, text: str) -> None:
        with open(f"{self.folder}/{file}", "w", encoding="ascii") as control:
            control.write(text)

    def __enter__(self):
        os.mkdir(self.folder)
        if self.second:
            self.write("cpu.max", f"{self.quota_us} {PERIOD_US}")
        else:
            self.write("cpu.cfs_period_us", str(PERIOD_US))
            self.write("cpu.cfs_quota_us", str(self.quota_us))
        return self

    def join(self) -> None:
        self.write("cgroup.procs", "0")

    def __exit__(self, *_):
        os.rmdir(self.folder)
