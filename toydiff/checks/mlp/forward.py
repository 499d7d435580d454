"""The forward pass: linear layers one after another, a ReLU between them."""

import torch
from torch.nn import functional

from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import CROWD, alone, drawn
from .sections import NETWORK, NOTEBOOK


def forward(x, weights, biases):
    """Linear layers one after another, a ReLU between them, shape (batch, outputs of the last)."""
    return with_between(torch.relu, x, weights, biases)


def with_between(activation, x, weights, biases):
    """Return what linear layers say with this function between them."""
    for weight, bias in zip(weights[:-1], biases[:-1]):
        x = activation(x @ weight.T + bias)
    return x @ weights[-1].T + biases[-1]


def layers(*widths, seed=0, dtype=torch.float64):
    """Return the weights and the biases of linear layers of these widths."""
    source = torch.Generator().manual_seed(seed)
    return {"weights": [torch.randn(n, m, generator=source, dtype=dtype) for m, n in zip(widths, widths[1:])],
            "biases": [torch.randn(n, generator=source, dtype=dtype) for n in widths[1:]]}


def stacks():
    """Return the cases: several layers, of which only the last has no ReLU."""
    x = torch.randn(6, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    other = layers(3, 4, 5, 2, seed=9)
    return [*alone(Case("three layers, 3-4-5-2", {"x": x, **layers(3, 4, 5, 2)}), x=x.flip(0), **other),
            Case("layers of equal width, 3-3-3", {"x": x, **layers(3, 3, 3, seed=1)}),
            Case("a single layer", {"x": x, **layers(3, 2, seed=2)}),
            Case("x = 0", {"x": 0 * x, **layers(3, 4, 5, 2, seed=3)}),
            Case("five layers", {"x": x, **layers(3, 6, 6, 6, 6, 2, seed=4)}),
            Case("nine layers", {"x": x, **layers(3, 6, 5, 4, 5, 6, 5, 4, 3, 2, seed=6)}),
            Case(f"{CROWD} points", {"x": drawn(CROWD, 3), **layers(3, 70, 2, seed=7)}),
            Case("one number in, one out", {"x": x[:, :1], **layers(1, 4, 1, seed=8)}),
            Case("numbers far from 0", {"x": 300 * x, **layers(3, 4, 5, 2, seed=10)}),
            Case("a batch of one point", {"x": x[:1], **layers(3, 4, 2, seed=5)}),
            Case("float32 points", {"x": x.float(), **layers(3, 4, 2, dtype=torch.float32)})]


TENT = ([torch.ones(3, 1), torch.tensor([[1.0, -2.0, 1.0]])], [torch.tensor([1.0, 0.0, -1.0]), torch.zeros(1)])

exercise = Exercise(
    "mlp.forward", NOTEBOOK, forward, stacks(),
    hints=["One layer is `x @ weight.T + bias`. Why the `.T`? Look at the shapes.",
           "Go through `zip(weights, biases)`. After which of the layers is there no ReLU?",
           "`torch.relu` keeps what is positive. Loop over `weights[:-1]`, then comes the last one alone."],
    place=lambda index, args: f"answer {index[1]} for point {index[0]}",
    draw=drawings.curve(lambda f: f(drawings.LINE[:, None], *TENT), drawings.LINE, "x"))


@exercise.mistake(NETWORK)
def not_transposed(x, weights, biases):
    """It comes out as with `x @ weight`, columns for rows. A weight has shape
    (outputs, inputs), as in `nn.Linear`: multiply by `weight.T`.
    """
    for weight, bias in zip(weights[:-1], biases[:-1]):
        x = torch.relu(x @ weight + bias)
    return x @ weights[-1] + biases[-1]


@exercise.mistake(NETWORK)
def no_relu(x, weights, biases):
    """It comes out as if there were no ReLU: all layers together are then no more than a single one."""
    for weight, bias in zip(weights, biases):
        x = x @ weight.T + bias
    return x


@exercise.mistake(NETWORK)
def relu_last(x, weights, biases):
    """There is a ReLU around the last layer as well, so no answer is
    negative: such a network could not guess a negative noise.
    """
    for weight, bias in zip(weights, biases):
        x = torch.relu(x @ weight.T + bias)
    return x


@exercise.mistake(NETWORK)
def no_bias(x, weights, biases):
    """It comes out as if every bias were 0: add it in each layer."""
    for weight in weights[:-1]:
        x = torch.relu(x @ weight.T)
    return x @ weights[-1].T


@exercise.mistake(NETWORK)
def bias_subtracted(x, weights, biases):
    """The biases come out subtracted; add them."""
    for weight, bias in zip(weights[:-1], biases[:-1]):
        x = torch.relu(x @ weight.T - bias)
    return x @ weights[-1].T - biases[-1]


@exercise.mistake(NETWORK)
def bias_after_relu(x, weights, biases):
    """In every layer the bias comes after a ReLU, in the last one,
    too. It belongs before it, and the last has no ReLU.
    """
    for weight, bias in zip(weights, biases):
        x = torch.relu(x @ weight.T) + bias
    return x


@exercise.mistake(NETWORK)
def bias_after_relu_but_last(x, weights, biases):
    """In all layers but the last the bias comes after the ReLU; it belongs before it."""
    for weight, bias in zip(weights[:-1], biases[:-1]):
        x = torch.relu(x @ weight.T) + bias
    return x @ weights[-1].T + biases[-1]


@exercise.mistake(NETWORK)
def relu_first(x, weights, biases):
    """The ReLU also meets the input: negative coordinates are lost before the first layer."""
    return forward(torch.relu(x), weights, biases)


@exercise.mistake(NETWORK)
def only_relu_last(x, weights, biases):
    """It comes out as if the only ReLU stood at the very end; it belongs after every layer but the last."""
    for weight, bias in zip(weights, biases):
        x = x @ weight.T + bias
    return torch.relu(x)


@exercise.mistake(NETWORK)
def sigmoid(x, weights, biases):
    """It comes out as with a sigmoid between the layers; ReLU was asked."""
    return with_between(torch.sigmoid, x, weights, biases)


@exercise.mistake(NETWORK)
def absolute(x, weights, biases):
    """It comes out as with an absolute value between the layers; ReLU makes 0 of what is negative."""
    return with_between(torch.abs, x, weights, biases)


@exercise.mistake(NETWORK)
def tanh(x, weights, biases):
    """It comes out as with a tanh between the layers; ReLU was asked."""
    return with_between(torch.tanh, x, weights, biases)


@exercise.mistake(NETWORK)
def silu(x, weights, biases):
    """It comes out as with a SiLU between the layers, as in the U-Net of notebook 10; ReLU was asked."""
    return with_between(functional.silu, x, weights, biases)
