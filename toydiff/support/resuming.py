"""What a training run needs beside its algorithm: to be stopped, to go on, to be told when it has diverged."""

import contextlib
import copy

import torch

from .validation import integer


def progress(state):
    """Return a copy of all that training.train(resume=…) needs to go on after a TrainingState: numbers and tensors."""
    return copy.deepcopy({
        "step": state.step, "model": state.model.state_dict(), "ema": state.ema.state_dict(),
        "moments": state.optimizer.state_dict()["state"], "random": state.source and state.source.get_state()})


def restore(progress, steps, model, ema, optimizer, source):
    """Bring a new run to where another one stood; return its step, 0 for none. Nothing changes if it does not fit."""
    if progress is None:
        return 0
    weights = {name: value.shape for name, value in model.state_dict().items()}
    adam = [{"step": (), "exp_avg": p.shape, "exp_avg_sq": p.shape} for p in model.parameters()]
    try:
        step, moments, random = integer(progress["step"], "step", 1), progress["moments"], progress["random"]
        fits = [{name: value.shape for name, value in progress[which].items()} == weights for which in ("model", "ema")]
        fits += [[{name: value.shape for name, value in moments[i].items()} for i in range(len(moments))] == adam]
        if not all(fits):
            raise ValueError("other shapes")
        moments = {i: {name: value.clone(memory_format=torch.contiguous_format) for name, value in moments[i].items()}
                   for i in range(len(moments))}    # a number repeated by strides, as in no run, would crash Adam
        if not all(map(sound, (*progress["model"].values(), *progress["ema"].values(), *moments.values()))):
            raise ValueError("no numbers")
        if source and random is not None:
            source.set_state(random)
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise ValueError("resume must be the progress of a run of the same network on the same device") from error
    if step > steps:
        raise ValueError(f"resume stands at step {step}, beyond the last of {steps} steps")
    model.load_state_dict(progress["model"])
    ema.load_state_dict(progress["ema"])
    optimizer.load_state_dict(optimizer.state_dict() | {"state": moments})
    return step


def sound(numbers):
    """Are the numbers of a tensor, or of what Adam keeps of a parameter, finite, its squares and steps 0 or more?"""
    if isinstance(numbers, torch.Tensor):
        return bool(numbers.isfinite().all())
    return all(map(sound, numbers.values())) and bool(numbers["exp_avg_sq"].ge(0).all() and numbers["step"] >= 0)


@contextlib.contextmanager
def gradients_survive_an_interrupt():
    """Adam turns gradients off; an interrupt may keep it from undoing that."""
    try:
        yield
    except KeyboardInterrupt:
        torch.set_grad_enabled(True)
        raise


def stop_if_diverged(loss, step, steps, lr):
    """Raise FloatingPointError where the loss is no number; asked seldom, since it makes a GPU wait."""
    if (step % 100 == 0 or step == steps) and not loss.isfinite():
        raise FloatingPointError(f"the loss is {loss:.3g} at step {step}; most likely the learning rate is too high: "
                                 f"try a smaller lr than {lr:g}")
