"""What all tests share: the browser, and a plain word when there is none; how many inputs are drawn.

The usual profile of the property-based tests draws the same few every time, so that what passes today passes tomorrow.
The nightly one draws many, others each night: `pytest --hypothesis-profile=nightly`.
"""

import os
import signal
import subprocess

from hypothesis import HealthCheck, Phase, settings

from toydiff.grading.process import WorkerProcess

from browser import NO_CHROMIUM, browser, lab, lab_folder  # noqa: F401

COMMON = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck), "print_blob": True,
          "phases": [Phase.explicit, Phase.generate, Phase.shrink]}    # Phase.explain takes minutes
settings.register_profile("usual", max_examples=12, derandomize=True, **COMMON)
settings.register_profile("nightly", max_examples=400, **COMMON)
settings.load_profile("usual")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:    # as a shell starts what runs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)    # else every process begun here were deaf to it as well
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:    # and as nohup does
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

if "COVERAGE_RUN" in os.environ:    # a worker ends by SIGKILL, which leaves no time to write what was counted
    kill = WorkerProcess.close

    def close(worker):
        """Ask the process to end, before it is killed."""
        try:
            os.killpg(worker.process.pid, signal.SIGTERM)
            worker.process.wait(10)
        except (ProcessLookupError, PermissionError, subprocess.TimeoutExpired):
            pass
        kill(worker)

    WorkerProcess.close = close


def pytest_terminal_summary(terminalreporter):
    """Say it where nobody overlooks it: what a learner sees was not tested."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if NO_CHROMIUM in str(report.longrepr)]
    if skipped:
        terminalreporter.write_line(
            f"NOT TESTED: {NO_CHROMIUM}, so {len(skipped)} tests in a real browser were left out. Install Chromium "
            "or Chrome to run them.", yellow=True, bold=True)
