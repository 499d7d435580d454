"""Training by several processes, begun by torchrun: each computes the loss of its slice of one common batch.

All draw the same data, times and noise, from the same seed; each looks at its own part of them; the gradients are
averaged over all by PyTorch's DistributedDataParallel. So N processes take the steps of one, up to the order in which
a sum is rounded, and none of this is known to the training loop: it is handed another loss.
"""

import gc
import os
import sys
from contextlib import contextmanager

import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel


class Alone:
    """One process, as ever. `first`: does it write and speak?"""

    first, size = True, 1

    @contextmanager
    def one_for_all(self):
        """A block that all leave together; one process may fail in it, then all end."""
        yield

    def shared(self, loss, model, batch_size):
        """Return the loss to hand to the training loop."""
        return loss

    def stopped(self, signal):
        """Was any process sent a signal? signal: the one that this process was sent, or None."""
        return signal is not None


class Crew(Alone):
    """One of several processes. Those that are not the first say nothing."""

    def __init__(self):
        self.rank, self.size = distributed.get_rank(), distributed.get_world_size()
        self.first, self.signal, self.any_signal = self.rank == 0, None, None
        if not self.first:
            sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")

    @contextmanager
    def one_for_all(self):
        """A block that all leave together. Where the one that writes fails in it, all end, and only it says why."""
        failed = torch.ones(())
        try:
            yield
            failed = torch.zeros(())
        finally:
            others = self._sum(failed) - failed
        if others:
            raise SystemExit(2)

    def shared(self, loss, model, batch_size):
        """Return a loss that each process computes for its slice; its value is that of the whole batch, in all of them.

        Beside the value it carries whether anybody was sent a signal, so that all stop after the same step.
        Raises ValueError where there are more processes than points in a batch.
        """
        if batch_size < self.size:
            raise ValueError(f"a batch of {batch_size} cannot be shared by {self.size} processes: take fewer of them")
        start, end = (batch_size * number // self.size for number in (self.rank, self.rank + 1))
        weight = (end - start) / batch_size
        twin = DistributedDataParallel(model)

        def own_part(model, x0, t, eps, schedule, label=None):
            part = slice(start, end)
            value = weight * loss(twin, x0[part], t[part], eps[part], schedule, None if label is None else label[part])
            whole, self.any_signal = self._sum(torch.stack([value.detach(), value.new_tensor(self.signal or 0)]))
            value = self.size * value    # for the gradients are averaged, not summed
            return value + (whole - value).detach()

        return own_part

    def stopped(self, signal):
        """Had any process been sent a signal before the last step? One's own is told to the others in the next."""
        self.signal = self.signal or signal
        return self.any_signal is not None and bool(self.any_signal)

    def _sum(self, value):
        value = value.clone()
        distributed.all_reduce(value)
        return value


@contextmanager
def crew():
    """Join the processes that torchrun has begun, if it has; yields a Crew, or Alone."""
    if not distributed.is_available() or not distributed.is_torchelastic_launched() or os.environ["WORLD_SIZE"] == "1":
        yield Alone()
        return
    if torch.cuda.is_available():    # each its own
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]) % torch.cuda.device_count())
    distributed.init_process_group()    # gloo for what lies on a CPU, nccl on GPUs
    try:
        yield Crew()
    finally:
        gc.collect()    # what DistributedDataParallel leaves would end after the group, and may abort the process then
        distributed.destroy_process_group()
