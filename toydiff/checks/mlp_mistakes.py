"""The wrong formulas that people write at station 3, the MLP, and what to say to each."""

import copy
import math

import torch
from torch import nn

from .engine.ladder import Mistake
from .forward_process_mistakes import T_MINUS_1, row

NETWORK, WHY_T, FEATURES = "A network for it", "Why must it know t?", "What features buy"
UNSCALED = "A real mistake: t without a scale"


def _waves(t, frequencies):
    phase = t.double()[:, None] * frequencies
    return torch.cat([phase.sin(), phase.cos()], 1)


def _powers(n):
    return 2.0 ** torch.arange(n).double()


def _stack(last=lambda x: x, between=torch.relu, layer=lambda x, w, b: x @ w.T + b, first=lambda x: x):
    """A wrong forward pass, with something else in one place."""
    def forward(x, weights, biases):
        x = first(x)
        for weight, bias in zip(weights[:-1], biases[:-1]):
            x = between(layer(x, weight, bias))
        return last(layer(x, weights[-1], biases[-1]))
    return forward


def _no_last_relu(x, weights, biases):
    for weight, bias in zip(weights, biases):
        x = torch.relu(x @ weight.T) + bias
    return x


def _layers(hidden, between, bias=True, last=()):
    return nn.Sequential(nn.Linear(3, hidden, bias), nn.ReLU(), *between, nn.Linear(hidden, 2, bias), *last)


def _pairs(hidden, n, bias=True):
    return [layer for _ in range(n) for layer in (nn.Linear(hidden, hidden, bias), nn.ReLU())]


def _network(signal=lambda a, v: (1 - a).sqrt() / v, added=lambda a, v: (a / v).sqrt(), variance=1 / 3,
             time=lambda t, T: t / T, back=0, cat=lambda xt, time: [xt, time]):
    """A wrong network, with something else in one place."""
    def formula(layers, xt, t, schedule):
        a = row(schedule.alpha_bar, t - back).to(xt.dtype)
        v = 1 - a + variance * a
        when = time(t, schedule.T)[:, None].to(xt.dtype)
        return signal(a, v) * xt + added(a, v) * layers(torch.cat(cat(xt, when), 1))
    return formula


MISTAKES = {
    "time_column": [
        Mistake("unscaled", "t goes in as it is, 1 to T, and would drown the coordinates, which are around 1. Divide "
                "by T.", UNSCALED, lambda t, T: t.double()[:, None]),
        Mistake("whole_numbers", "Rounded down, by `//` or `.long()`, every t below T becomes 0: divide with `/` and "
                "keep the fraction.", UNSCALED,
                lambda t, T: (t // T).double()[:, None]),
        Mistake("t_minus_1", "This is (t − 1)/T. The course counts t as the formulas do, from 1; t/T was asked.",
                NETWORK, lambda t, T: ((t - 1) / T)[:, None]),
        Mistake("from_0", "This stretches 1 … T to 0 … 1. Asked was t/T, which is 0 only for the data themselves.",
                NETWORK, lambda t, T: ((t - 1) / (T - 1))[:, None]),
        Mistake("by_the_batch", "You divide by the largest t of this batch, so the same t means something else in "
                "each batch. Divide by T.", NETWORK, lambda t, T: (t / t.max())[:, None]),
        Mistake("centred", "This goes from −1 to 1; t/T goes from almost 0 to 1.", NETWORK,
                lambda t, T: (2 * t / T - 1)[:, None]),
        Mistake("backwards", "This is 1 − t/T: it falls as t grows.", NETWORK, lambda t, T: (1 - t / T)[:, None]),
        Mistake("no_column", "The numbers are right, but they stand in a row. `[:, None]` makes the column that fits "
                "beside x and y.", NETWORK, lambda t, T: t / T),
        Mistake("a_row", "This is one row with a column for each point. Points go downwards: `[:, None]`, not "
                "`[None, :]`.", NETWORK, lambda t, T: (t / T)[None]),
    ],
    "waves": [
        Mistake("unscaled", "t goes in without division by T: sin(π · 2^k · t) is 0 for every whole t.", UNSCALED,
                lambda t, T, n: _waves(t, math.pi * _powers(n))),
        Mistake("no_pi", "The frequencies are 1, 2, 4 …; they lack the factor π.", FEATURES,
                lambda t, T, n: _waves(t / T, _powers(n))),
        Mistake("multiples", "The frequencies are π, 2π, 3π; each should be twice the one before: π, 2π, 4π.", FEATURES,
                lambda t, T, n: _waves(t / T, math.pi * torch.arange(1, n + 1))),
        Mistake("starts_at_2_pi", "The slowest wave is 2π, it should be π: powers of 2 begin with 2⁰ = 1.", FEATURES,
                lambda t, T, n: _waves(t / T, 2 * math.pi * _powers(n))),
        Mistake("starts_at_0", "The first frequency is 0, a wave that never moves: π, 2π, 4π were asked.", FEATURES,
                lambda t, T, n: _waves(t / T, math.pi * torch.arange(n))),
        Mistake("slower", "The waves become slower, π, π/2, π/4 …; each should be twice as fast as the one before.",
                FEATURES, lambda t, T, n: _waves(t / T, math.pi / _powers(n))),
        Mistake("cosines_first", "The cosines stand before the sines.", FEATURES,
                lambda t, T, n: _waves(t / T, math.pi * _powers(n)).roll(n, 1)),
        Mistake("alternating", "Sine and cosine take turns; first all sines were asked, then all cosines.", FEATURES,
                lambda t, T, n: _waves(t / T, math.pi * _powers(n)).view(-1, 2, n).transpose(1, 2).flatten(1)),
        Mistake("no_cosines", "There are only sines; at t/T = ½ they leave times before and after alike. Put the "
                "cosines beside them.", FEATURES, lambda t, T, n: _waves(t / T, math.pi * _powers(n))[:, :n]),
        Mistake("sines_twice", "Both halves are sines; the second should be cosines.", FEATURES,
                lambda t, T, n: _waves(t / T, math.pi * _powers(n))[:, :n].repeat(1, 2)),
    ],
    "forward": [
        Mistake("not_transposed", "`x @ weight` takes columns for rows. A weight has shape (outputs, inputs), as in "
                "`nn.Linear`: multiply by `weight.T`.", NETWORK, _stack(layer=lambda x, w, b: x @ w + b)),
        Mistake("no_relu", "There is no ReLU: without it, all layers together are no more than a single one.", NETWORK,
                _stack(between=lambda x: x)),
        Mistake("relu_last", "There is a ReLU after the last layer as well: such a network could never answer with a "
                "negative noise.", NETWORK, _stack(last=torch.relu)),
        Mistake("no_bias", "The biases are not added.", NETWORK, _stack(layer=lambda x, w, b: x @ w.T)),
        Mistake("bias_subtracted", "The biases are subtracted; add them.", NETWORK,
                _stack(layer=lambda x, w, b: x @ w.T - b)),
        Mistake("bias_after_relu", "The bias is added after the ReLU; it belongs before it.", NETWORK, _no_last_relu),
        Mistake("relu_first", "The ReLU also meets the input: negative coordinates are lost before the first layer.",
                NETWORK, _stack(first=torch.relu)),
        Mistake("only_relu_last", "The only ReLU comes at the very end; it belongs after every layer but the last.",
                NETWORK, _stack(between=lambda x: x, last=torch.relu)),
        Mistake("sigmoid", "Between the layers there is a sigmoid; ReLU was asked.", NETWORK,
                _stack(between=torch.sigmoid)),
        Mistake("absolute", "Between the layers is the absolute value; ReLU makes 0 of what is negative.", NETWORK,
                _stack(between=torch.abs)),
    ],
    "make_layers": [
        Mistake("shared", "The hidden layers are one and the same, with one set of weights: `[layer] * n` does "
                "that, or a layer made before the loop. Make each anew.", NETWORK,
                lambda hidden, n: _layers(hidden, [nn.Linear(hidden, hidden), nn.ReLU()] * n)),
        Mistake("copies", "The hidden layers are copies that start with the same weights. Let each be made anew by "
                "`nn.Linear`.", NETWORK, lambda hidden, n: _layers(hidden, [
                    layer for one in [nn.Linear(hidden, hidden)] for _ in range(n)
                    for layer in (copy.deepcopy(one), nn.ReLU())])),
        Mistake("no_relu", "There is no ReLU: without it, all layers together are no more than a single one.", NETWORK,
                lambda hidden, n: nn.Sequential(*[layer for layer in _layers(hidden, _pairs(hidden, n))
                                                  if isinstance(layer, nn.Linear)])),
        Mistake("relu_last", "There is a ReLU after the last layer as well: such a network could never answer with a "
                "negative noise.", NETWORK, lambda hidden, n: _layers(hidden, _pairs(hidden, n), last=[nn.ReLU()])),
        Mistake("no_relu_between", "The ReLUs after the hidden layers are missing; there is one only after the first.",
                NETWORK, lambda hidden, n: _layers(hidden, [nn.Linear(hidden, hidden) for _ in range(n)])),
        Mistake("one_more", "There is one hidden layer too many: the first and the last layer do not count among the "
                "n.", NETWORK, lambda hidden, n: _layers(hidden, _pairs(hidden, n + 1))),
        Mistake("one_fewer", "One hidden layer is missing: the first and the last layer do not count among the n.",
                NETWORK, lambda hidden, n: _layers(hidden, _pairs(hidden, n - 1))),
        Mistake("no_bias", "The layers have no bias, so at (0, 0, 0) the answer is always 0.", NETWORK,
                lambda hidden, n: _layers(hidden, _pairs(hidden, n, False), False)),
    ],
    "count_parameters": [
        Mistake("tensors", "You count tensors; count the numbers in them: `p.numel()`.", NETWORK,
                lambda model: len([p for p in model.parameters() if p.requires_grad])),
        Mistake("rows", "`len(p)` is the number of rows; `p.numel()` counts all numbers of a tensor.", NETWORK,
                lambda model: sum(len(p) for p in model.parameters() if p.requires_grad)),
        Mistake("frozen_too", "Frozen weights are counted too: training may change only those with `p.requires_grad`.",
                NETWORK, lambda model: sum(p.numel() for p in model.parameters())),
        Mistake("tables_too", "Buffers are counted too, such as the table ᾱ. They belong to the model, but no training "
                "changes them.", FEATURES, lambda model: sum(p.numel() for p in model.parameters() if p.requires_grad)
                + sum(b.numel() for b in model.buffers())),
        Mistake("state_dict", "`state_dict()` is all that is stored: it names a shared weight twice, and holds "
                "statistics and frozen weights as well.", NETWORK,
                lambda model: sum(p.numel() for p in model.state_dict().values())),
        Mistake("shared_twice", "A layer that is used twice is counted twice, but it has one set of weights.", NETWORK,
                lambda model: sum(p.numel() for _, p in model.named_parameters(remove_duplicate=False)
                                  if p.requires_grad)),
        Mistake("no_biases", "The biases are not counted.", NETWORK, lambda model: sum(
            p.numel() for p in model.parameters() if p.requires_grad and p.ndim == 2)),
        Mistake("bytes", "These are bytes; a float32 number takes four.", NETWORK, lambda model: sum(
            p.numel() * p.element_size() for p in model.parameters() if p.requires_grad)),
    ],
    "network": [
        Mistake("unscaled", "The layers get t itself, 1 to T, which drowns x and y. Divide by T.", UNSCALED,
                _network(time=lambda t, T: t)),
        Mistake("blind", "The layers never see t: they get the same time for every point.", WHY_T,
                _network(time=lambda t, T: torch.full_like(t, T // 2) / T)),
        Mistake("time_t_minus_1", "The layers get (t − 1)/T, but ᾱ is taken at t: give both the same t.", NETWORK,
                _network(time=lambda t, T: (t - 1) / T)),
        Mistake("alpha_bar_t_minus_1", T_MINUS_1, FEATURES, _network(back=1)),
        Mistake("time_first", "Time stands before x and y; the layers expect x, y, time, in this order.", NETWORK,
                _network(cat=lambda xt, time: [time, xt])),
        Mistake("only_layers", "The Gaussian's answer is missing: only what the layers add is returned.", FEATURES,
                _network(signal=lambda a, v: 0)),
        Mistake("only_gaussian", "What the layers say is not added.", FEATURES, _network(added=lambda a, v: 0)),
        Mistake("added_in_full", "What the layers say is added in full; it has the factor √(ᾱ/v), which is small "
                "where noise has buried the data.", FEATURES, _network(added=lambda a, v: 1)),
        Mistake("added_without_root", "What the layers say is multiplied by ᾱ/v; the factor is its root.", FEATURES,
                _network(added=lambda a, v: a / v)),
        Mistake("variance_1", "This is right for data of variance 1; the board's is 1/3: v = 1 − ᾱ + ᾱ/3.", FEATURES,
                _network(variance=1)),
        Mistake("noise_without_root", "The factor of x_t is √(1 − ᾱ)/v, you take (1 − ᾱ)/v.", FEATURES,
                _network(signal=lambda a, v: (1 - a) / v)),
        Mistake("root_of_v", "The factor of x_t is divided by √v; it should be divided by v.", FEATURES,
                _network(signal=lambda a, v: ((1 - a) / v).sqrt())),
        Mistake("not_divided", "The factor of x_t is not divided by the variance v.", FEATURES,
                _network(signal=lambda a, v: (1 - a).sqrt())),
        Mistake("subtracted", "What the layers say is subtracted; add it.", FEATURES,
                _network(added=lambda a, v: -(a / v).sqrt())),
    ],
}
