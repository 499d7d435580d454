"""The command line: train a model, draw samples from it, say how good they are, make the picture and the GIF.

Each file here holds one command, or a few of a kind: a function run(options) each, whose name and docstring
are those of the command, and which may return an exit code, and add(commands), which says what options it takes.
"""

import argparse
import os
import sys

import torch

from ..grading.texts import tame
from . import classes, export, grade, train, use
from .options import EXAMPLES, Parser
from .running import ended_as_by_ctrl_c, speaking

LONGEST = 800    # characters of a complaint


def main(arguments=None):
    """Run one command and return its exit code: 0 when done, 2 with one line on stderr when something is wrong."""
    with speaking() as lost, ended_as_by_ctrl_c() as heard:
        code = _run(arguments, heard)
    return 2 if lost else code


def _run(arguments, heard):
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(1)    # too small to share: more threads wait for one another, and add in another order
    try:
        options = _parser().parse_args(arguments)
        return options.run(options) or 0
    except OSError as error:
        return _complain(f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error))
    except (ValueError, FloatingPointError, ImportError) as error:
        return _complain(str(error))
    except (RuntimeError, MemoryError) as error:    # torch's own; where it lacks memory, its first line says so
        line = (str(error).splitlines() or ["too little memory"])[0]
        return _complain("too little memory for this" if "allocate" in line and "memory" in line else line)
    except KeyboardInterrupt:
        print("\ntoydiff: stopped", file=sys.stderr)
        return 128 + (heard or [2])[-1]


def _complain(message):
    print("toydiff:", tame(message, LONGEST), file=sys.stderr)    # names and words in it may be somebody else's
    return 2


def _parser():
    parser = Parser(prog="toydiff", description="Diffusion from noise to a checkerboard.", epilog=EXAMPLES,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, metavar="command")
    for group in (train, use, export, grade, classes):
        group.add(commands)
    return parser
