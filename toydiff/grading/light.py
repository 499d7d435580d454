"""Imported by a worker before the checks, so that it starts in half the time.

The checks hold optimizers. The first of a process makes torch load its compiler, which takes longer than all the rest
together, only to tell the compiler that it is not meant. A worker compiles nothing.
"""

import inspect

import torch

torch.optim.Optimizer.add_param_group = inspect.unwrap(torch.optim.Optimizer.add_param_group)
