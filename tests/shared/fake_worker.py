"""Workers without torch, for tests of what the examiner does about them: they start at once and do as they are told.

`with_program(behaviour)` is a context in which every WorkerProcess runs one: it answers "begin" properly, and to all
else does what the Python text `behaviour` says. There, `args` is the request, `reply(dict)` answers it, `send(bytes)`
writes to the examiner.
"""

from contextlib import contextmanager

from toydiff.grading.process import WorkerProcess

PROGRAM = """
import json, os, pickle, signal, struct, sys, time
into, out = os.fdopen(0, "rb"), os.fdopen(os.dup(1), "wb")
def send(content):
    out.write(content)
    out.flush()
def reply(content):
    text = json.dumps(content).encode()
    send(struct.pack("<QQ", len(text), 0) + text)
while head := into.read(16):
    args = pickle.loads(into.read(sum(struct.unpack("<QQ", head))))
    if args[0] == "begin":
        reply({})
        continue
"""


def program(behaviour):
    """What Python is told to run."""
    return PROGRAM + "\n".join("    " + line for line in behaviour.splitlines())


@contextmanager
def with_program(behaviour):
    """In the block, workers are such."""
    usual, WorkerProcess.program = WorkerProcess.program, program(behaviour)
    try:
        yield
    finally:
        WorkerProcess.program = usual
