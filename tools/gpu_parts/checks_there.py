"""The checks, asked by a learner with a GPU: tensors made there by default, answers and networks left there.

A check must never break: it either passes or says in one sane sentence what is wrong.
"""

import functools
import inspect
import warnings

import torch
from part import Part

from toydiff.checks import EXERCISES, check

CRASHED = "could not work with it"


def moved(value, device):
    """The same answer, its tensors on the device."""
    if isinstance(value, torch.Tensor):
        return value.to(device)
    if isinstance(value, (list, tuple)):
        return type(value)(moved(item, device) for item in value)
    if isinstance(value, dict):
        return {name: moved(item, device) for name, item in value.items()}
    return value


def answers_there(function, device):
    """The right answer, handed back on the device."""
    @functools.wraps(function)
    def answer(*args, **kwargs):
        return moved(function(*args, **kwargs), device)
    return answer


def leaves_there(function, device):
    """The right answer, after which every network among the arguments is on the device."""
    @functools.wraps(function)
    def answer(*args, **kwargs):
        value = function(*args, **kwargs)
        for argument in (*args, *kwargs.values()):
            if isinstance(argument, torch.nn.Module):
                argument.to(device)
        return value
    return answer


def has_network(function):
    return bool({"model", "network"} & set(inspect.signature(function).parameters))


def ask(part, name, way, function, sane):
    """Ask one check; count what is not sane."""
    result = check(name, function)
    message = " ".join(str(result.message).split())
    print(f"{way}: {name}: {result.step}: {message}", flush=True)
    if CRASHED in message or not sane(result, message):
        part.fail(f"{way}: {name}: {result.step}: {message[:200]}")
    return result.step


def main():
    part = Part(__doc__)
    device, said = part.device, {}
    where = str(torch.empty(0, device=device).device)
    if device == "cpu":
        device = where = "meta"    # a rehearsal without a GPU: the one other device that is everywhere
    names = list(EXERCISES)[::8] if part.quick else list(EXERCISES)
    warnings.simplefilter("ignore")

    def passed(result, message):
        return result.passed

    def told(result, message):    # numbers and networks have no place that matters, the answer of others has
        return result.passed or f"is on {where}, cpu was wanted" in message

    def plain(result, message):
        return True

    for name in names:
        reference = EXERCISES[name].reference
        torch.set_default_device(device)
        try:
            with part.attempt(f"default device: {name}"):
                said.setdefault("default device", {})[name] = ask(part, name, "default device", reference, passed)
        finally:
            torch.set_default_device(None)
        with part.attempt(f"answer on {device}: {name}"):
            said.setdefault("answer there", {})[name] = ask(
                part, name, "answer there", answers_there(reference, device), told)
        if has_network(reference):
            with part.attempt(f"network left on {device}: {name}"):
                said.setdefault("network left there", {})[name] = ask(
                    part, name, "network left there", leaves_there(reference, device), plain)
    part.figure("said", said)
    for way, steps in said.items():
        good = sum(step == "passed" for step in steps.values())
        part.note(f"{way}: {good} of {len(steps)} pass")
    part.finish()


if __name__ == "__main__":
    main()
