"""The wrong formulas that people write at station 5 for the tables of variances, and what to say to each."""

import torch

from ..sampling import posterior_variance
from .engine.ladder import Mistake
from .sampling_mistakes import KNOWN, LAST, NOISE


def _table(formula, start=1):
    """A wrong table, made of β_t, α_t, ᾱ_t, ᾱ_{t−1} from t = start on; 0 before."""
    def answer(schedule, *loss):
        b, a, ab, ap = schedule.beta[start:], schedule.alpha[start:], schedule.alpha_bar[start:], schedule.alpha_bar[
            start - 1:-1]
        return torch.cat([torch.zeros(start).double(), formula(b, a, ab, ap, *(table[start:] for table in loss))])
    return answer


def _tilde(b, ab, ap):
    return (1 - ap) / (1 - ab) * b


def _sum(added=lambda w, r, loss: w**2 * r * loss, first=_tilde, start=2):
    """A wrong optimal_variance; w: the weight of x_0, r: (1 − ᾱ_t)/ᾱ_t."""
    return _table(lambda b, a, ab, ap, loss: first(b, ab, ap) + added(
        ap.sqrt() * b / (1 - ab), (1 - ab) / ab, loss), start)


MISTAKES = {
    "posterior_variance": [
        Mistake("beta", "This is β_t: the fraction before it is missing, or has ᾱ_t above and below; above stands "
                "ᾱ_{t−1}.", KNOWN, _table(lambda b, a, ab, ap: b)),
        Mistake("fraction_only", "The factor β_t is missing, or a pair of brackets around 1 − ᾱ_{t−1}.", KNOWN,
                _table(lambda b, a, ab, ap: (1 - ap) / (1 - ab))),
        Mistake("std", "This is the root, the standard deviation; the variance is asked.", KNOWN,
                _table(lambda b, a, ab, ap: _tilde(b, ab, ap).sqrt())),
        Mistake("upside_down", "The fraction is upside down: 1 − ᾱ_{t−1} belongs above, so that the last step has "
                "none.", KNOWN, _table(lambda b, a, ab, ap: (1 - ab) / (1 - ap) * b)),
        Mistake("alpha_bar_ratio", "You divide ᾱ_{t−1} by ᾱ_t; it should be the noise, 1 − ᾱ, of each.", KNOWN,
                _table(lambda b, a, ab, ap: ap / ab * b)),
        Mistake("roots_of_alpha_bar", "There are no roots in this formula: 1 − ᾱ, not 1 − √ᾱ.", KNOWN,
                _table(lambda b, a, ab, ap: (1 - ap.sqrt()) / (1 - ab.sqrt()) * b)),
        Mistake("no_entry_at_0", "The entry for t = 0 is missing: the table has T + 1 entries, the first is 0.", KNOWN,
                lambda schedule: posterior_variance(schedule)[1:]),
        Mistake("previous_beta", "This has β_{t−1} or α_{t−1} in it; ᾱ is the only one that is looked up at t − 1.",
                KNOWN, lambda schedule: torch.cat([torch.zeros(1).double(), schedule.beta[:-1]])),
    ],
    "optimal_variance": [
        Mistake("loss_ignored", "This is the posterior's variance: what is not known about x_0 is missing.", NOISE,
                _sum(lambda w, r, loss: 0 * loss)),
        Mistake("only_the_rest", "The posterior's variance is missing, only what is to be added to it is there.", NOISE,
                _sum(first=lambda b, ab, ap: 0 * b)),
        Mistake("weight_not_squared", "The weight of x_0 must be squared: it multiplies x_0, so its square multiplies "
                "the variance.", NOISE, _sum(lambda w, r, loss: w * r * loss)),
        Mistake("loss_of_eps", "The loss is one of ε; times (1 − ᾱ_t)/ᾱ_t it becomes the variance of x_0.", NOISE,
                _sum(lambda w, r, loss: w**2 * loss)),
        Mistake("upside_down", "(1 − ᾱ_t)/ᾱ_t stands there upside down.", NOISE,
                _sum(lambda w, r, loss: w**2 / r * loss)),
        Mistake("noise_at_the_end", "The entry at t = 1 must be 0: what the last step adds, nobody removes.", LAST,
                _sum(start=1)),
        Mistake("on_top_of_beta", "You add to β_t; it should be the posterior's variance.", NOISE,
                _sum(first=lambda b, ab, ap: b)),
        Mistake("std", "This is the root, the standard deviation; the variance is asked.", NOISE,
                lambda schedule, loss_per_t: _sum()(schedule, loss_per_t).sqrt()),
    ],
}
