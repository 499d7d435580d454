"""The wrong formulas that people write at station 6, evaluation, and what to say to each."""

import math

import torch

from ..forward_process import add_noise
from .engine.ladder import Mistake

BEST, ERRS, WHERE = "The best possible answer", "Where does the network still err?", "Where in the plane?"
SAMPLES, OWN = "Judging the samples", "A real mistake: the loss on the points it learned from"
PERCENT = "This is in percent; asked is a number between 0 and 1."


def a_and_s(schedule, t, shift=0):
    """Return √ᾱ_t and √(1 − ᾱ_t)."""
    alpha_bar = schedule.alpha_bar[t + shift]
    return alpha_bar.sqrt(), (1 - alpha_bar).sqrt()


def _share(condition):
    return condition.double().mean()


def _in_square(x):
    return (x.abs() <= 1).all(1)


def _gaps(x, board):
    """How far each point is from each filled cell along x and y, shape (batch, cells, 2)."""
    low, high = (board.edges.to(x)[board.filled + k] for k in (0, 1))
    return x[:, None] - x[:, None].clamp(low, high)


def _far(distances, x, board, distance):
    return _share(distances(_gaps(x, board)) > distance)


def _strays(distances):
    return lambda x, board, distance: _far(distances, x, board, distance)


def _to_centres(x, board, distance):
    centres = (board.edges.to(x)[board.filled] + board.edges.to(x)[board.filled + 1]) / 2
    return _share(torch.cdist(x, centres).amin(1) > distance)


def _counts(x, board):
    cell = board.cell_of(x)
    return torch.bincount(cell[cell >= 0], minlength=len(board.filled)).double()


def _uneven(formula):
    """A wrong balance, made of the share of each cell and the number of cells."""
    return lambda x, board: formula(_counts(x, board) / _counts(x, board).sum(), len(board.filled))


def _only_visited(x, board):
    count = _counts(x, board)
    share = count[count > 0] / count.sum()
    return (share - 1 / len(share)).abs().sum() / 2


def _with_strays(x, board):
    share = torch.bincount(board.cell_of(x) + 1, minlength=len(board.filled) + 1).double() / len(x)
    return (share - 1 / len(share)).abs().sum() / 2


def phi(u):
    """Return the density of the standard normal."""
    return torch.exp(-u**2 / 2) / math.sqrt(2 * math.pi)


def Phi(u):
    """Return the distribution function of the standard normal."""
    return torch.special.ndtr(u)


def _interval(formula=lambda u, v, *_: (phi(u) - phi(v)) / (Phi(v) - Phi(u)),
              ends=lambda x, a, s, low, high: ((x - a * high) / s, (x - a * low) / s), factors=a_and_s):
    """A wrong exact_eps; u and v are the ends of the noise, u the lower one."""
    def answer(x, t, low, high, schedule):
        a, s = factors(schedule, t)
        return formula(*ends(x, a, s, low, high), x, a, s, low, high)
    return answer


def _right(u, v):
    return (phi(u) - phi(v)) / (Phi(v) - Phi(u))


def _gauss(formula):
    """A wrong gaussian_eps, made of x_t, a, s, mean and variance."""
    return lambda xt, t, mean, variance, schedule: formula(xt, *a_and_s(schedule, t), mean, variance)


def _judge(measure=lambda d: (d**2).mean(), at=add_noise):
    """A wrong excess: another measure of the difference, or other points."""
    def answer(model, oracle, x0, t, eps, schedule):
        xt = at(x0, t, eps, schedule)
        return measure(model(xt, t) - oracle(xt, t))
    return answer


def _loss(who, x0, t, eps, schedule):
    return ((who(add_noise(x0, t, eps, schedule), t) - eps) ** 2).mean()


MISTAKES = {
    "inside": [
        Mistake("outside", "This is the share outside.", SAMPLES, lambda x, board: _share(~board.contains(x))),
        Mistake("number", "This is how many are inside; divide by the number of points.", SAMPLES,
                lambda x, board: board.contains(x).double().sum()),
        Mistake("percent", PERCENT, SAMPLES, lambda x, board: 100 * _share(board.contains(x))),
        Mistake("square", "This is the share in the whole square; half of its cells are empty.", SAMPLES,
                lambda x, board: _share(_in_square(x))),
        Mistake("of_those_in_the_square", "You divide by the points in the square: strays outside of it must count, "
                "too.", SAMPLES, lambda x, board: board.contains(x).double().sum() / _in_square(x).sum()),
        Mistake("of_those_inside", "This is 1 as soon as one point is inside: no `.any()`, and divide by all "
                "points, not by those inside.", OWN,
                lambda x, board: board.contains(x).double().sum() / board.contains(x).sum()),
    ],
    "strays": [
        Mistake("percent", PERCENT, SAMPLES, lambda x, board, distance: 100 * _far(
            lambda g: g.norm(dim=2).amin(1), x, board, distance)),
        Mistake("near", "This is the share that is near; the strays are the others.", SAMPLES,
                lambda x, board, distance: 1 - _far(lambda g: g.norm(dim=2).amin(1), x, board, distance)),
        Mistake("not_inside", "This is the share that is not inside; points within `distance` of a cell are no strays.",
                SAMPLES, lambda x, board, distance: _share(~board.contains(x))),
        Mistake("larger_gap", "You compare the larger of the two gaps; the distance is √(x² + y²) of them.", SAMPLES,
                _strays(lambda g: g.abs().amax(2).amin(1))),
        Mistake("sum_of_gaps", "You add the gaps along x and y; the distance is √(x² + y²) of them.", SAMPLES,
                _strays(lambda g: g.abs().sum(2).amin(1))),
        Mistake("squared", "You compare the squared distance: take its root.", SAMPLES,
                _strays(lambda g: (g**2).sum(2).amin(1))),
        Mistake("last_cell", "Only the last cell counts: keep the smallest distance over all cells.", SAMPLES,
                _strays(lambda g: g.norm(dim=2)[:, -1])),
        Mistake("centres", "This is the distance to the centre of a cell; asked is that to the cell.", SAMPLES,
                _to_centres),
        Mistake("square", "This is the distance to the whole square; empty cells are no home.", SAMPLES,
                lambda x, board, distance: _share((x - x.clamp(-1, 1)).norm(dim=1) > distance)),
    ],
    "balance": [
        Mistake("percent", PERCENT, SAMPLES, _uneven(lambda share, n: 50 * (share - 1 / n).abs().sum())),
        Mistake("not_halved", "The half is missing: what one cell has too much, another lacks, and you count both.",
                SAMPLES, _uneven(lambda share, n: (share - 1 / n).abs().sum())),
        Mistake("largest", "This is the largest difference; asked is the sum of all, halved.", SAMPLES,
                _uneven(lambda share, n: (share - 1 / n).abs().max())),
        Mistake("squares", "You square the differences; asked are absolute values.", SAMPLES,
                _uneven(lambda share, n: ((share - 1 / n) ** 2).sum() / 2)),
        Mistake("signs", "Without absolute values the differences add up to 0.", SAMPLES,
                _uneven(lambda share, n: (share - 1 / n).sum() / 2)),
        Mistake("of_all_points", "You divide by all points; the shares are those of the points inside.", SAMPLES,
                lambda x, board: (_counts(x, board) / len(x) - 1 / len(board.filled)).abs().sum() / 2),
        Mistake("strays_as_a_cell", "The strays, −1, are counted as one more cell: leave them out.", SAMPLES,
                _with_strays),
        Mistake("sixteen", "An even share is 1 / the number of *filled* cells, half of all.", SAMPLES,
                _uneven(lambda share, n: (share - 0.5 / n).abs().sum() / 2)),
        Mistake("even_over_the_visited", "You compare with an even filling of the cells that have points; it should be "
                "all filled cells.", SAMPLES, _only_visited),
    ],
    "exact_eps": [
        Mistake("sign", "The sign is wrong: to the right of the interval the noise is positive.", BEST,
                _interval(lambda u, v, *_: -_right(u, v))),
        Mistake("not_divided", "B is right; divide it by A, the probability of the interval.", BEST,
                _interval(lambda u, v, *_: phi(u) - phi(v))),
        Mistake("mass", "This is A, the probability of the interval; asked is the mean noise, B/A.", BEST,
                _interval(lambda u, v, *_: Phi(v) - Phi(u))),
        Mistake("midpoint", "This is the noise from the middle of the interval; all of it must be averaged.", BEST,
                _interval(lambda u, v, *_: (u + v) / 2)),
        Mistake("score", "This is the score, −E[ε]/s; asked is E[ε].", BEST,
                _interval(lambda u, v, x, a, s, *_: -_right(u, v) / s)),
        Mistake("x0", "This is the mean x_0; asked is the mean noise.", BEST,
                _interval(lambda u, v, x, a, s, *_: (x - s * _right(u, v)) / a)),
        Mistake("not_shrunk", "The interval is not shrunk: at t it lies between a · low and a · high.", BEST,
                _interval(ends=lambda x, a, s, low, high: ((x - high) / s, (x - low) / s))),
        Mistake("no_roots", "a and s lack their roots: a = √ᾱ_t, s = √(1 − ᾱ_t).", BEST,
                _interval(factors=lambda schedule, t: (schedule.alpha_bar[t], 1 - schedule.alpha_bar[t]))),
        Mistake("alpha", "You take α_t of the single step; it should be the product ᾱ_t.", BEST,
                _interval(factors=lambda schedule, t: (schedule.alpha[t].sqrt(), schedule.beta[t].sqrt()))),
        Mistake("t_minus_1", "ᾱ is looked up at t − 1; `alpha_bar[t]` is ᾱ_t.", BEST,
                _interval(factors=lambda schedule, t: a_and_s(schedule, t, -1))),
    ],
    "gaussian_eps": [
        Mistake("mean_ignored", "The mean is not subtracted: x_t lies around √ᾱ_t · mean.", BEST,
                _gauss(lambda x, a, s, m, v: s * x / (a**2 * v + s**2))),
        Mistake("mean_not_shrunk", "The mean must be shrunk like the data: √ᾱ_t · mean.", BEST,
                _gauss(lambda x, a, s, m, v: s * (x - m) / (a**2 * v + s**2))),
        Mistake("variance_ignored", "This is right only for data of variance 1.", BEST,
                _gauss(lambda x, a, s, m, v: s * (x - a * m))),
        Mistake("x0_known", "This takes the mean for x_0 itself; the data varies around it.", BEST,
                _gauss(lambda x, a, s, m, v: (x - a * m) / s)),
        Mistake("variance_not_shrunk", "The variance of the data must be multiplied by ᾱ_t.", BEST,
                _gauss(lambda x, a, s, m, v: s * (x - a * m) / (v + s**2))),
        Mistake("standardised", "This is x_t standardised: divide by its variance, not by its root, and mind the "
                "factor √(1 − ᾱ_t).", BEST, _gauss(lambda x, a, s, m, v: (x - a * m) / (a**2 * v + s**2).sqrt())),
        Mistake("score", "This is the score; E[ε] is −√(1 − ᾱ_t) times that.", BEST,
                _gauss(lambda x, a, s, m, v: -(x - a * m) / (a**2 * v + s**2))),
    ],
    "excess": [
        Mistake("on_the_data", "You ask at x_0, where no noise is: measure at x_t, where the network is asked.", WHERE,
                _judge(at=lambda x0, t, eps, schedule: x0)),
        Mistake("on_noise", "You ask at pure noise, where no x_t of this t lies: measure where the points are.", WHERE,
                _judge(at=lambda x0, t, eps, schedule: eps)),
        Mistake("loss", "This is the whole loss, with the floor in it: compare with the oracle, not with eps.", ERRS,
                lambda model, oracle, *rest: _loss(model, *rest)),
        Mistake("difference_of_losses", "You subtract two losses: right on average, but it drowns in chance. Compare "
                "the two answers directly.", ERRS, lambda model, oracle, *rest: _loss(model, *rest) - _loss(
                    oracle, *rest)),
        Mistake("itself", "You compare a thing with itself: that is 0 for every network.", OWN,
                lambda model, oracle, x0, t, eps, schedule: torch.zeros(()).double()),
        Mistake("absolute", "You take absolute values; the loss is made of squares, so the excess is, too.", ERRS,
                _judge(lambda d: d.abs().mean())),
        Mistake("sum", "You add over the points; take their mean.", ERRS, _judge(lambda d: (d**2).sum())),
        Mistake("per_point", "You add x and y: our loss is the mean over both coordinates.", ERRS,
                _judge(lambda d: (d**2).sum(1).mean())),
        Mistake("mean_first", "You take the mean before the square: errors to the left and to the right cancel.", ERRS,
                _judge(lambda d: d.mean() ** 2)),
    ],
}
