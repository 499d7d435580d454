"""Is there memory enough? Asked before the work: a system that has none left ends whatever process it likes."""

import torch


def enough_for(wanted, what):
    """Raise ValueError, in one line, where `wanted` bytes are more than are free; what: that needs them, in words."""
    import psutil  # here, so that `import toydiff` does without it

    free = psutil.virtual_memory().available
    if wanted > free:
        raise ValueError(f"too little memory for {what}: it takes {wanted / 1e9:,.1f} GB at least, "
                         f"{free / 1e9:,.1f} GB are free")


@torch.no_grad()
def of_training(model, shape):
    """Return how many bytes a step of training keeps for each datum of this shape, at least: its layers' answers."""
    device, sizes = next(model.parameters()).device, []
    hooks = [layer.register_forward_hook(lambda layer, given, answer: sizes.append(answer.nbytes))
             for layer in model.modules() if not any(layer.children())]
    try:
        model(torch.zeros(1, *shape, device=device), 1 if model.objective == "noise" else 0.5)
    finally:
        for hook in hooks:
            hook.remove()
    return sum(sizes)
