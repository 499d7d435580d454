"""Settings as they are when nobody has touched them: a question is about a function, not about what stands above it."""

import bdb
import builtins
import contextlib
import sys

import numpy
import torch


@contextlib.contextmanager
def ordinary():
    """While the block runs, torch and NumPy compute as after their import, no debugger opens and nobody is asked.

    What torch.compile has made runs uncompiled: its first call may take longer than a whole check.
    """
    with contextlib.ExitStack() as back:
        for get, put, usual in ((torch.get_default_dtype, torch.set_default_dtype, torch.float32),
                                (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision, "highest")):
            if (before := get()) != usual:
                put(usual)
                back.callback(put, before)
        if torch.get_default_device() != torch.device("cpu"):
            back.enter_context(torch.device("cpu"))
        for setting in (torch.inference_mode(False), torch.enable_grad(), torch.autograd.set_detect_anomaly(False),
                        torch.autocast("cpu", enabled=False), numpy.errstate(all="warn")):
            back.enter_context(setting)
        if "torch._dynamo" in sys.modules:    # else nothing is compiled, and to load it takes seconds
            back.enter_context(torch.compiler.set_stance("force_eager"))
        for owner, name, instead in ((sys, "breakpointhook", _nothing), (bdb.Bdb, "set_trace", _nothing),
                                     (builtins, "input", _nobody)):
            back.callback(setattr, owner, name, getattr(owner, name))
            setattr(owner, name, instead)
        yield


def no_debugger():
    """From now on `breakpoint()` and `pdb.set_trace()` do nothing."""
    sys.breakpointhook = bdb.Bdb.set_trace = _nothing


def _nothing(*args, **options):
    """Open no debugger."""


def _nobody(prompt=""):
    raise EOFError("there is nobody to ask")
