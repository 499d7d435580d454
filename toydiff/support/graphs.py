"""A training step recorded once as a CUDA graph and replayed: a small network's step is all calls, hardly any sums.

What is recorded repeats itself to the letter: the same kernels on the same memory. Random numbers go on, since the
graph knows the generator; what a step draws from anywhere else, NumPy for instance, would stay as it was.
"""

import warnings

import torch

WARM_UP = 3    # steps that fill the caches before the recording; nothing of them is kept


def replayed(step, model, average, optimizer, source):
    """Return step(lr, weight) -> loss as a function that does the same by replaying it.

    step: takes 0-dim tensors for its numbers; model, average, optimizer: all that it changes; source: the
    torch.Generator, on the model's device, that it draws from, or None for the device's own.
    Raises RuntimeError where it cannot be recorded; all is then as it was.
    """
    device = next(model.parameters()).device
    rate, weight = torch.zeros((), device=device), torch.zeros((), device=device)
    graph, keep = torch.cuda.CUDAGraph(), _Kept(model, average, optimizer, source)
    generators = [torch.cuda.default_generators[device.index], *([] if source is None else [source])]
    states = [generator.clone_state() for generator in generators]
    if source is not None:
        graph.register_generator_state(source)
    try:
        aside = torch.cuda.Stream(device)
        aside.wait_stream(torch.cuda.current_stream(device))
        with torch.cuda.stream(aside):
            for _ in range(WARM_UP):
                step(rate, weight)
        torch.cuda.current_stream(device).wait_stream(aside)
        optimizer.zero_grad(set_to_none=True)
        with torch.cuda.graph(graph):
            loss = step(rate, weight)
    except BaseException:    # a recording that fails leaves the generators as if it went on
        for generator, state in zip(generators, states):
            generator.graphsafe_set_state(state)
        raise
    finally:
        keep.restore()

    def replay(lr, share):
        rate.fill_(lr)
        weight.fill_(share)
        graph.replay()
        return loss.clone()

    return replay


def replayed_or_not(step, *all_it_changes):
    """Return `step` replayed, or `step` itself, with a warning, where it cannot be recorded."""
    try:
        return replayed(step, *all_it_changes)
    except (RuntimeError, AttributeError) as error:    # AttributeError: of a PyTorch too old for it
        why = (str(error).splitlines() or [type(error).__name__])[0]
        warnings.warn(f"steps are taken one by one, for recording one as a CUDA graph failed: {why}", stacklevel=2)
        return step


class _Kept:
    """All that a step changes, as it is now."""

    def __init__(self, model, average, optimizer, source):
        self.networks, self.optimizer, self.source = (model, average), optimizer, source
        self.weights = [[p.detach().clone() for p in network.parameters()] for network in self.networks]
        self.moments = {p: {name: value.clone() for name, value in state.items()}
                        for p, state in optimizer.state.items()}
        self.random = source.get_state() if source is not None else torch.cuda.get_rng_state()

    @torch.no_grad()
    def restore(self):
        """Bring it back in place, where the recorded kernels look; moments that there were not become 0."""
        for network, weights in zip(self.networks, self.weights):
            for p, value in zip(network.parameters(), weights):
                p.copy_(value)
        for p, state in self.optimizer.state.items():
            for name, value in state.items():
                value.copy_(self.moments[p][name]) if p in self.moments else value.zero_()
        if self.source is not None:
            self.source.set_state(self.random)
        else:
            torch.cuda.set_rng_state(self.random)
