"""A learner with a GPU: tensors are made there by default, an answer comes back there, a network is left there.

Asked on PyTorch's "meta" device, which is on every machine; tools/on_gpu.py asks the same on a GPU.
"""

import functools
import inspect

import pytest
import torch

from toydiff.checks import EXERCISES, check

WITH_NETWORK = [name for name, exercise in EXERCISES.items()
                if {"model", "network"} & set(inspect.signature(exercise.reference).parameters)]


def moved(value, count):
    """The same answer on "meta"; appends to `count` what was moved."""
    if isinstance(value, (list, tuple)):
        return type(value)(moved(item, count) for item in value)
    if isinstance(value, (torch.Tensor, torch.nn.Module)):
        count.append(value)
        return value.to("meta")
    return value    # a number is nowhere


@pytest.mark.parametrize("name", EXERCISES)
def test_a_default_device_does_not_matter(name):
    torch.set_default_device("meta")
    try:
        check(name, EXERCISES[name].reference).require()
        assert torch.get_default_device().type == "meta"
    finally:
        torch.set_default_device(None)


@pytest.mark.parametrize("name", EXERCISES)
def test_an_answer_on_another_device_is_told_so(name):
    reference, count = EXERCISES[name].reference, []
    result = check(name, functools.wraps(reference)(lambda *args, **kwargs: moved(reference(*args, **kwargs), count)))
    assert result.message.endswith(" the answer is on meta, cpu was wanted.") if count else result.passed, result


@pytest.mark.parametrize("name", WITH_NETWORK)
def test_a_network_that_is_left_on_another_device_is_told(name):
    reference = EXERCISES[name].reference

    @functools.wraps(reference)
    def answer(*args, **kwargs):
        value = reference(*args, **kwargs)
        for argument in (*args, *kwargs.values()):
            if isinstance(argument, torch.nn.Module):
                argument.to("meta")
        return value

    result = check(name, answer)
    assert result.passed or "on meta, cpu was wanted" in result.message or "it changes its input" in result.message
