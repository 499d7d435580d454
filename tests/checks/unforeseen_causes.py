"""Wrong answers with the numbers of a named mistake and another cause than the one that comes to mind first.

A sentence may say what came out, and ask for the cause; it must not name a cause that is none.
CAUSES: {exercise: [(words, function)]}, as in unforeseen.py; NAMED: the mistake that they are called by;
FALSE: what they must not be told.
"""

import copy
import math

import torch
from torch import nn

import toydiff
from toydiff.checks import EXERCISES

BOARD = toydiff.Checkerboard()

R = {name.split(".")[1]: exercise.reference for name, exercise in EXERCISES.items()}


def col(table, t):
    return table[t][:, None]


# --- data and the way there -------------------------------------------------------------------------------

def in_shuffled_eights(n, source):
    cell = torch.cat([torch.randperm(8, generator=source) for _ in range(n // 8 + 1)])[:n]
    return (BOARD.filled[cell] + torch.rand(n, 2, generator=source)) / 2 - 1


def from_a_table_without_0(x0, t, eps, schedule):
    a = (1 - schedule.beta[1:]).cumprod(0)[t][:, None]
    return (a.sqrt() * x0 + (1 - a).sqrt() * eps).to(x0.dtype)


def offset_taken_off_again(T, offset):
    u = torch.arange(T + 1, dtype=torch.float64) / T
    return ((u + offset - offset) * math.pi / 2).cos() ** 2


# --- the network ------------------------------------------------------------------------------------------

def score_by_the_root(xt, t, score, schedule):
    a = col(schedule.alpha_bar, t)
    eps = -score / (1 - a).sqrt()
    return ((xt - (1 - a).sqrt() * eps) / a.sqrt()).to(xt.dtype)


def each_from_one_seed(hidden, n):
    layers = [nn.Linear(3, hidden), nn.ReLU()]
    for _ in range(n):
        torch.manual_seed(0)
        layers += [nn.Linear(hidden, hidden), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(hidden, 2))


def tied_afterwards(hidden, n):
    made = R["make_layers"](hidden, n)
    middle = [layer for layer in made if isinstance(layer, nn.Linear)][1:-1]
    for layer in middle[1:]:
        layer.weight, layer.bias = middle[0].weight, middle[0].bias
    return made


def with_variance(of_data, divided):
    def network(layers, xt, t, schedule):
        a = col(schedule.alpha_bar, t).to(xt.dtype)
        v = a * of_data + 1 - a
        c, r = (1 - a).sqrt() / v, (a / v * divided).sqrt()
        return c * xt + r * layers(torch.cat([xt, (t / schedule.T)[:, None].to(xt.dtype)], 1))
    return network


# --- training ---------------------------------------------------------------------------------------------

def steps_first(model, optimizer, x0, t, eps, schedule):
    optimizer.zero_grad()
    value = R["loss"](model, x0, t, eps, schedule)
    optimizer.step()
    value.backward()
    return value.item()


def slope_of_a_number(model, optimizer, x0, t, eps, schedule):
    value = torch.tensor(R["loss"](model, x0, t, eps, schedule).item(), requires_grad=True)
    optimizer.zero_grad()
    value.backward()
    optimizer.step()
    return value.item()


def trains_a_copy(model, optimizer, x0, t, eps, schedule):
    value = R["loss"](copy.deepcopy(model), x0, t, eps, schedule)
    optimizer.zero_grad()
    value.backward()
    optimizer.step()
    return value.item()


@torch.no_grad()
def climbs_by_its_rate(model, optimizer, x0, t, eps, schedule):
    for group in optimizer.param_groups:
        group["maximize"] = True
    with torch.enable_grad():
        return R["training_step"](model, optimizer, x0, t, eps, schedule)


def zeroed_in_the_end(model, optimizer, x0, t, eps, schedule):
    value = R["loss"](model, x0, t, eps, schedule)
    value.backward()
    optimizer.step()
    optimizer.zero_grad()
    return value.item()


@torch.no_grad()
def interpolated_the_wrong_way(average, model, decay):
    for mean, weight in zip(average.parameters(), model.parameters()):
        mean.lerp_(weight, decay)
    return average


@torch.no_grad()
def weights_of_modules(average, model, decay):
    for mine, its in zip(average.modules(), model.modules()):
        if hasattr(mine, "weight"):
            mine.weight.mul_(decay).add_((1 - decay) * its.weight)
    return average


# --- the way back -----------------------------------------------------------------------------------------

def by_x0_with_all_the_noise(model, xt, t, z, variance, schedule):
    x0 = (xt - model(xt, t)) / schedule.alpha_bar[t].sqrt()
    each = torch.full((len(xt),), t)
    return (toydiff.posterior_mean(x0, xt, each, schedule) + variance[t].sqrt() * z).to(xt.dtype)


def one_step_undone(model, xt, t, z, variance, schedule):
    mean = (xt - schedule.beta[t].sqrt() * model(xt, t)) / schedule.alpha[t].sqrt()
    return (mean + variance[t].sqrt() * z).to(xt.dtype)


def no_brackets_around_the_noise(schedule):
    now, before = schedule.alpha_bar[1:], schedule.alpha_bar[:-1]
    return torch.cat([torch.zeros(1).double(), 1 - before / (1 - now) * schedule.beta[1:]])


def walk(noise, last=1):
    def sampler(model, xT, z, variance, schedule):
        x, t = xT, schedule.T
        while t >= last:
            x = R["reverse_step"](model, x, t, noise(z, t, schedule.T), variance, schedule)
            t -= 1
        return x
    return sampler


def patient(sampler):
    return lambda model, xT, z, schedule: sampler(model, xT, z, schedule.beta, schedule)


CAUSES = {
    "data.covariance": [("n from the wrong axis", lambda x: (x - x.mean(0)).T @ (x - x.mean(0)) / (x.shape[1] - 1))],
    "data.sample_board": [("dealt in shuffled eights", in_shuffled_eights)],
    "data.share_new": [("any training point far away", lambda x, train, distance: (
        torch.cdist(x, train) > distance).any(1).double().mean())],
    "forward_process.alpha_bar": [("nothing but zeros", torch.zeros_like)],
    "forward_process.cosine_alpha_bar": [("the offset taken off again", offset_taken_off_again)],
    "forward_process.add_noise": [("a table without its 0", from_a_table_without_0)],
    "mlp.score_error": [("½ as in a derivation", lambda score, exact, x0, t, eps, schedule: R["score_error"](
        score, exact, x0, t, eps, schedule) / 2)],
    "mlp.x0_from_score": [("ε by division", score_by_the_root)],
    "mlp.make_layers": [("each from one seed", each_from_one_seed), ("tied afterwards", tied_afterwards)],
    "mlp.network": [("1/3 as a standard deviation", with_variance(1 / 9, 1)),
                    ("not divided by that of the data", with_variance(1 / 3, 1 / 3))],
    "training.training_step": [
        ("a step before the slope", steps_first), ("the slope of a bare number", slope_of_a_number),
        ("a copy is trained", trains_a_copy), ("an optimizer that climbs", climbs_by_its_rate),
        ("zeroed in the end", zeroed_in_the_end)],
    "training.decayed_lr": [("a squared cosine", lambda step, steps, lr: lr * math.cos(
        math.pi * (step - 1) / steps) ** 2)],
    "training.ema_update": [
        ("the square of decay", lambda average, model, decay: R["ema_update"](average, model, decay**2)),
        ("interpolated the wrong way", interpolated_the_wrong_way), ("weights of modules", weights_of_modules)],
    "training.gaussian_floor": [("v cancels", lambda alpha_bar, variance: alpha_bar * variance / (
        alpha_bar * variance + (1 - alpha_bar) * variance))],
    "sampling.posterior_variance": [("brackets missing", no_brackets_around_the_noise)],
    "sampling.reverse_step": [("by way of x_0, with all the noise", by_x0_with_all_the_noise),
                              ("one step undone", one_step_undone)],
    "sampling.sampler": [
        ("while t > 1", walk(lambda z, t, T: z[t], last=2)),
        ("z[t - 1]", walk(lambda z, t, T: z[t - 1] if t > 1 else 0 * z[t])),
        ("z[T - t]", walk(lambda z, t, T: z[T - t] if t > 1 else 0 * z[t])),
        ("none at both ends", walk(lambda z, t, T: z[t] if 1 < t < T else 0 * z[t])),
        ("none at T alone", walk(lambda z, t, T: z[t] if t < T else 0 * z[t])),
        ("the condition turned", walk(lambda z, t, T: 0 * z[t] if t > 1 else z[t]))],
    "clinic.patient_1": [("mended by z[t - 1]", patient(walk(lambda z, t, T: z[t - 1]))),
                         ("t > 2", patient(walk(lambda z, t, T: z[t] if t > 2 else 0 * z[t])))],
}
NAMED = {
    "n from the wrong axis": "summed", "½ as in a derivation": "coordinates",
    "dealt in shuffled eights": "in_turn", "any training point far away": "farthest",
    "nothing but zeros": "product_of_beta", "the offset taken off again": "no_offset",
    "a table without its 0": "t_plus_1", "ε by division": "full_score", "each from one seed": "copies",
    "tied afterwards": "shared", "1/3 as a standard deviation": "std_for_variance",
    "not divided by that of the data": "added_by_what_is_left", "a step before the slope": "unmoved",
    "the slope of a bare number": "unmoved", "a copy is trained": "unmoved", "an optimizer that climbs": "uphill",
    "a squared cosine": "whole_period", "the square of decay": "decay_squared", "v cancels": "variance_1",
    "brackets missing": "fraction_only", "by way of x_0, with all the noise": "beta_without_root_below",
    "one step undone": "alpha_for_alpha_bar", "while t > 1": "stops_at_2", "z[t - 1]": "noise_of_t_minus_1",
    "z[T - t]": "noise_from_the_other_end", "mended by z[t - 1]": "noise_of_t_minus_1_to_the_end",
    "t > 2": "no_noise_at_2", "none at both ends": "no_noise_first", "none at T alone": "noise_at_the_wrong_end",
    "the condition turned": "noise_in_the_last_alone", "zeroed in the end": "zeroed_afterwards",
    "interpolated the wrong way": "swapped", "weights of modules": "called_weight",
}
FALSE = {
    "n from the wrong axis": "points; divide", "½ as in a derivation": "half of it, the mean",
    "dealt in shuffled eights": "fixed order", "any training point far away": "You take",
    "nothing but zeros": "This is the product", "the offset taken off again": "not used",
    "a table without its 0": "looked up at", "ε by division": "full strength", "each from one seed": "are copies",
    "tied afterwards": "does that", "a step before the slope": "is missing",
    "the slope of a bare number": "is missing", "a copy is trained": "is missing",
    "an optimizer that climbs": "belongs to the loss", "a squared cosine": "With 2π", "the square of decay": "is done",
    "v cancels": "not used", "by way of x_0, with all the noise": "You divide", "one step undone": "You divide",
    "while t > 1": "leaves out 1", "none at both ends": "it is the last one",
}
