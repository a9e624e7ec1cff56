"""Runs the integration tests named (default: all), one line each and the reason of every skip.

The last line is `N passed, N failed, N skipped`. Exit 0; 1 when one failed; 77 when all skipped.
Set RINGBLAST to the binary. `run.py faults.Refused` runs one class, `-v` is accepted for habit.
"""

import pathlib
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True


class Lines(unittest.TestResult):
    """A line per test as it ends; details of failures follow at once."""

    def __init__(self):
        super().__init__()
        self.passed = 0
        self._started = 0.0
        self._sub_failed = False

    def startTest(self, test):
        super().startTest(test)
        self._started = time.monotonic()
        self._sub_failed = False

    def _say(self, mark, test, detail=""):
        seconds = time.monotonic() - self._started
        print(f"{mark:4} {test.id()} ({seconds:.1f} s) {detail}", flush=True)

    def addSuccess(self, test):
        if not self._sub_failed:
            self.passed += 1
            self._say("ok", test)

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            self._sub_failed = True
            self._say("FAIL", subtest, "\n" + str(error[1]))

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self._say("FAIL", test, "\n" + self.failures[-1][1])

    def addError(self, test, error):
        super().addError(test, error)
        self._say("FAIL", test, "\n" + self.errors[-1][1])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._say("skip", test, reason)


def main(names):
    modules = sorted(path.stem[:-5] for path in HERE.glob("*_test.py"))
    names = [name for name in names if name != "-v"] or modules
    suite = unittest.TestSuite()
    for name in names:
        module, _, rest = name.partition(".")
        suite.addTest(unittest.defaultTestLoader.loadTestsFromName(
            f"{module}_test" + (f".{rest}" if rest else "")))
    result = Lines()
    suite.run(result)
    failed = len(result.failures) + len(result.errors)
    print(f"{result.passed} passed, {failed} failed, {len(result.skipped)} skipped")
    if failed:
        return 1
    return 77 if result.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
