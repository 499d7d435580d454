"""The wrong formulas that people write at station 3 about the score, and what to say to each."""

from ..forward_process import add_noise, predict_x0
from .engine.ladder import Mistake
from .forward_process_mistakes import NO_ROW, ONE_T, T_MINUS_1, row

ASKED, NAMES = "What is asked?", "One answer, three names"


def _score(formula):
    """A wrong score, made of eps and the column ᾱ_t."""
    return lambda eps, t, schedule: formula(eps, row(schedule.alpha_bar, t))


def _origin(formula):
    """A wrong x0, made of x_t, the score and the column ᾱ_t."""
    return lambda xt, t, score, schedule: formula(xt, score, row(schedule.alpha_bar, t))


def _error(of=lambda d: (d**2).sum(1).mean(), where=add_noise):
    """A wrong error of a score: another mean of the differences, or measured elsewhere."""
    def formula(score, exact, x0, t, eps, schedule):
        x = where(x0, t, eps, schedule)
        return of(score(x, t) - exact(x, t))
    return formula


def _noised_at_t_minus_1(x0, t, eps, schedule):
    a = row(schedule.alpha_bar, t - 1)
    return (a.sqrt() * x0 + (1 - a).sqrt() * eps).to(x0.dtype)


MISTAKES = {
    "score_from_eps": [
        Mistake("sign", "The sign is wrong: noise leads away from the data, the score leads back.", NAMES,
                _score(lambda eps, a: eps / (1 - a).sqrt())),
        Mistake("no_root", "You divide by 1 − ᾱ_t, the variance of the noise; divide by its root.", NAMES,
                _score(lambda eps, a: -eps / (1 - a))),
        Mistake("multiplied", "You multiply by √(1 − ᾱ_t); divide by it: little noise means a steep density.", NAMES,
                _score(lambda eps, a: -eps * (1 - a).sqrt())),
        Mistake("not_divided", "This is the noise with its sign turned; the score also needs the division by "
                "√(1 − ᾱ_t).", NAMES, _score(lambda eps, a: -eps)),
        Mistake("by_signal", "You divide by √ᾱ_t, the factor of the data; the noise has the factor √(1 − ᾱ_t).", NAMES,
                _score(lambda eps, a: -eps / a.sqrt())),
        Mistake("root_inside", "1 − √ᾱ_t is not √(1 − ᾱ_t): subtract first, then take the root.", NAMES,
                _score(lambda eps, a: -eps / (1 - a.sqrt()))),
        Mistake("one_step", "You divide by √β_t, the noise of a single step; x_t holds that of all steps.", NAMES,
                lambda eps, t, schedule: -eps / row(schedule.beta, t).sqrt()),
        Mistake("t_minus_1", T_MINUS_1, NAMES,
                lambda eps, t, schedule: -eps / (1 - row(schedule.alpha_bar, t - 1)).sqrt()),
        Mistake("no_row", NO_ROW, NAMES, lambda eps, t, schedule: -eps / (1 - schedule.alpha_bar[t]).sqrt()),
        Mistake("one_t", ONE_T, NAMES, lambda eps, t, schedule: -eps / (1 - schedule.alpha_bar[t[0]]).sqrt()),
    ],
    "x0_from_score": [
        Mistake("minus", "The score is subtracted, but it leads towards the data: add it.", NAMES,
                _origin(lambda xt, score, a: (xt - (1 - a) * score) / a.sqrt())),
        Mistake("root", "The score has the factor √(1 − ᾱ_t), as if it were noise; its factor is 1 − ᾱ_t.", NAMES,
                _origin(lambda xt, score, a: (xt + (1 - a).sqrt() * score) / a.sqrt())),
        Mistake("as_noise", "This takes the score for ε. First make ε of it: ε = −√(1 − ᾱ_t) · score.", NAMES,
                lambda xt, t, score, schedule: predict_x0(xt, t, score, schedule)),
        Mistake("full_score", "The score is added at full strength; its factor is 1 − ᾱ_t.", NAMES,
                _origin(lambda xt, score, a: (xt + score) / a.sqrt())),
        Mistake("not_divided", "The division by √ᾱ_t is missing: what you have is √ᾱ_t · x_0.", NAMES,
                _origin(lambda xt, score, a: xt + (1 - a) * score)),
        Mistake("divided_without_root", "You divide by ᾱ_t; the point was multiplied by √ᾱ_t.", NAMES,
                _origin(lambda xt, score, a: (xt + (1 - a) * score) / a)),
        Mistake("no_brackets", "Only the score is divided by √ᾱ_t: brackets are missing around the sum.", NAMES,
                _origin(lambda xt, score, a: xt + (1 - a) * score / a.sqrt())),
        Mistake("brackets_other_way", "Only x_t is divided by √ᾱ_t: brackets are missing around the sum.", NAMES,
                _origin(lambda xt, score, a: xt / a.sqrt() + (1 - a) * score)),
        Mistake("one_step", "The score has the factor β_t of a single step; from x_0 to x_t it is 1 − ᾱ_t.", NAMES,
                lambda xt, t, score, schedule: (xt + row(schedule.beta, t) * score)
                / row(schedule.alpha_bar, t).sqrt()),
        Mistake("t_minus_1", T_MINUS_1, NAMES, lambda xt, t, score, schedule: (
            xt + (1 - row(schedule.alpha_bar, t - 1)) * score) / row(schedule.alpha_bar, t - 1).sqrt()),
        Mistake("no_row", NO_ROW, NAMES, lambda xt, t, score, schedule: (
            xt + (1 - schedule.alpha_bar[t]) * score) / schedule.alpha_bar[t].sqrt()),
        Mistake("one_t", ONE_T, NAMES, lambda xt, t, score, schedule: (
            xt + (1 - schedule.alpha_bar[t[0]]) * score) / schedule.alpha_bar[t[0]].sqrt()),
    ],
    "score_error": [
        Mistake("at_the_data", "The error is measured at x_0, without noise, where no sampler asks for the score at t. "
                "Measure it at x_t.", ASKED, _error(where=lambda x0, t, eps, schedule: x0)),
        Mistake("at_the_noise", "The error is measured at pure noise; at time t a sampler stands at points such as "
                "x_t.", ASKED, _error(where=lambda x0, t, eps, schedule: eps)),
        Mistake("t_minus_1", "The points are noised to t − 1, but the scores are asked at t.", ASKED,
                _error(where=_noised_at_t_minus_1)),
        Mistake("coordinates", "This is the mean over the coordinates, half of the squared length: add up the two "
                "coordinates first.", NAMES, _error(lambda d: (d**2).mean())),
        Mistake("summed", "This is the sum over the points; take the mean.", NAMES, _error(lambda d: (d**2).sum())),
        Mistake("length", "This is the mean length of the difference; its square was asked.", NAMES,
                _error(lambda d: d.norm(dim=1).mean())),
        Mistake("root", "This is the root of the error; leave it squared.", NAMES,
                _error(lambda d: (d**2).sum(1).mean().sqrt())),
        Mistake("absolute", "You take absolute values; take squares.", NAMES, _error(lambda d: d.abs().sum(1).mean())),
        Mistake("mean_first", "You take the mean first, then the square: errors to the left and to the right would "
                "cancel.", NAMES, _error(lambda d: (d.mean(0) ** 2).sum())),
        Mistake("sum_first", "You add up the coordinates first, then square: a positive and a negative error would "
                "cancel.", NAMES, _error(lambda d: (d.sum(1) ** 2).mean())),
    ],
}
