"""What the processes of a group use, seen from outside: on Linux in /proc, elsewhere by psutil. And what they may."""

import os
import sys
from typing import NamedTuple

from . import limits


class Usage(NamedTuple):
    """seconds: that they have computed; memory: bytes that they hold; halted: was the first of them halted?"""

    seconds: float
    memory: int
    halted: bool


def usage(group):
    """Return the Usage of a process with all others of its group (or, where there is no /proc, with its children)."""
    return _by_proc(group) if sys.platform == "linux" else _by_psutil(group)


def _by_proc(group):
    ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    seconds, memory, halted = 0.0, {}, False
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{number}/stat", "rb") as file:
                state, _, its_group, *rest = file.read().rpartition(b") ")[2].split()
        except (OSError, ValueError):    # it has just ended
            continue
        if int(its_group) == group:
            seconds += (int(rest[8]) + int(rest[9])) / ticks
            memory[number] = int(rest[18]) * page
            halted |= int(number) == group and state in (b"T", b"t")
    if len(memory) > 1 and sum(memory.values()) > 1 << 30:    # forks share much, and it is counted for each
        memory = {number: _share(number, held) for number, held in memory.items()}
    return Usage(seconds, sum(memory.values()), halted)


def _share(number, held):
    try:
        with open(f"/proc/{number}/smaps_rollup", "rb") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith(b"Pss:"))
    except (OSError, StopIteration):
        return held


def _by_psutil(group):
    import psutil  # where there is a /proc, it is not needed

    try:
        first = psutil.Process(group)
        family = [first, *first.children(recursive=True)]
        halted = first.status() == psutil.STATUS_STOPPED
    except psutil.Error:
        return Usage(0.0, 0, False)
    seconds, memory = 0.0, 0
    for process in family:
        try:
            times = process.cpu_times()
            seconds, memory = seconds + times.user + times.system, memory + process.memory_info().rss
        except psutil.Error:
            continue
    return Usage(seconds, memory, halted)


def limit():
    """Let this process and its children hold and write no more than they may, as far as the system can see to that."""
    try:
        import resource
    except ImportError:    # Windows has no such limits
        return
    for what, most in ((resource.RLIMIT_DATA, limits.MEMORY), (resource.RLIMIT_FSIZE, limits.FILE),
                       (resource.RLIMIT_CORE, 0)):
        try:
            resource.setrlimit(what, (most, most))
        except (ValueError, OSError):    # a lower one holds already
            pass
