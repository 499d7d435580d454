"""Settings of PyTorch and of networks that a function has switched and not switched back."""

import torch


def now():
    """Return what a function may switch: are gradients computed, and the default dtype."""
    return torch.is_grad_enabled(), torch.get_default_dtype()


def left(fresh, args, before):
    """Say what is not switched as it was before a question, and switch it back, for the sake of the next; or ""."""
    grad, dtype = before
    if now() != before:
        gradients = torch.is_grad_enabled() != grad
        torch.set_grad_enabled(grad), torch.set_default_dtype(dtype)
        if gradients:
            return ("it switches gradients off, and they stay off for all that comes after it: "
                    "`with torch.no_grad():` switches them on again at its end.")
        return "it sets the default dtype, for all that comes after it: give `dtype=…` where a tensor is made."
    on = [name for name, value in args.items() if isinstance(value, torch.Tensor) and isinstance(
        fresh[name], torch.Tensor) and fresh[name].requires_grad and not value.requires_grad]
    if on:
        return (f"it switches gradients on for its input `{on[0]}`, and they stay on: "
                f"`x = {on[0]}.detach().requires_grad_()` makes a tensor of its own for that.")
    return ""


def frozen(fresh, args, changes):
    """Say which network, but for those of `changes`, has weights whose `requires_grad` was switched; or ""."""
    for name in args:
        now, before = ([p.requires_grad for p in getattr(value[name], "parameters", list)()] for value in (fresh, args))
        if now != before and name not in changes:
            what = "what is on is trained as well" if sum(now) > sum(before) else "what is off is trained no more"
            return f"it switches `requires_grad` of weights of `{name}`, and it stays so: {what}. Leave it as it is."
    return ""


def gradients(fresh, args, changes):
    """Say which network, but for those of `changes`, has weights whose gradients were changed; or ""."""
    for name in args:
        now, before = ([p.grad for p in getattr(value[name], "parameters", list)()] for value in (fresh, args))
        if name not in changes and not all(
                a is b or a is not None and b is not None and torch.equal(a, b) for a, b in zip(now, before)):
            return (f"it changes `.grad` of weights of `{name}`, to which the next step of training would add its own: "
                    "leave `backward()` and `zero_grad()` to that; `torch.autograd.grad` hands a gradient back and "
                    "leaves none behind.")
    return ""


def modes(fresh, args, names):
    """Say which network of these names is in another mode, of training or of evaluation, than before; or ""."""
    for name in names:
        now, before = ([part.training for part in getattr(value[name], "modules", list)()] for value in (fresh, args))
        if now != before:
            mode = "training" if sum(now) > sum(before) else "evaluation"
            return (f"it puts `{name}` into {mode} mode, and it stays in it for all that comes after: dropout and the "
                    "like then do otherwise. Leave the mode as it is.")
    return ""
