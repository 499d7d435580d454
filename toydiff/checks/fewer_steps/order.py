"""The order of a solver, from its errors."""

import math

from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import alone, only
from .sections import NOTEBOOK, ORDER


def order(evaluations, errors):
    """The p for which error = c / n^p fits best: minus the slope of the straight line in logs."""
    return -slope([math.log(n) for n in evaluations], [math.log(error) for error in errors])


def slope(x, y):
    """Return the slope of the straight line of least squares through the points (x, y)."""
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y)) / sum((a - mean_x) ** 2 for a in x)


def measurements():
    """Return the cases: three errors each, with and without a trend of their own."""
    def case(given, evaluations, errors):
        return Case(given, {"evaluations": evaluations, "errors": errors})

    return [*alone(case("errors that fall as 1/n", [10, 20, 40], [0.2, 0.1, 0.05]), evaluations=[10, 25, 80],
                   errors=[0.2, 0.06, 0.01]),
            case("errors that fall as 1/n²", [10, 30, 50], [9e-2, 1e-2, 3.6e-3]),
            case("errors off the line", [11, 21, 81], [0.098, 0.047, 0.011]),
            case("others off the line", [6, 11, 41], [0.052, 0.018, 0.0013]),
            case("errors that do not fall", [5, 10, 30], [0.02, 0.02, 0.02]),
            case("errors that rise", [5, 20, 30], [0.01, 0.02, 0.05]),
            case("the largest n first", [40, 12, 7], [1e-4, 2e-3, 6e-3])]


exercise = Exercise(
    "fewer_steps.order", NOTEBOOK, order, measurements(),
    hints=["error = c / n^p. Take the log of both sides: what is that as a function of log n?",
           "The slope of a line of least squares: Σ (x − x̄)(y − ȳ) / Σ (x − x̄)², or `numpy.polyfit(x, y, 1)[0]`.",
           "Mind the sign: an error that falls has a positive order."],
    place=only("the order"), number=True,
    draw=drawings.bars(lambda f: [f([10, 20, 40], [0.2, 0.1, 0.05]), f([10, 20, 40], [0.09, 0.02, 0.006])],
                       ["1/n", "about 1/n²"]))


@exercise.mistake(ORDER)
def negative(evaluations, errors):
    """The sign is wrong: the order of an error that falls as n grows is positive."""
    return -order(evaluations, errors)


@exercise.mistake(ORDER)
def first_and_last(evaluations, errors):
    """This goes by the first and the last error alone; let all three count, by least squares."""
    return -math.log(errors[-1] / errors[0]) / math.log(evaluations[-1] / evaluations[0])


@exercise.mistake(ORDER)
def first_two(evaluations, errors):
    """This goes by the first two errors alone; let all three count, by least squares."""
    return -math.log(errors[1] / errors[0]) / math.log(evaluations[1] / evaluations[0])


@exercise.mistake(ORDER)
def last_two(evaluations, errors):
    """This goes by the last two errors alone; let all three count, by least squares."""
    return -math.log(errors[2] / errors[1]) / math.log(evaluations[2] / evaluations[1])


@exercise.mistake(ORDER)
def mean_of_two(evaluations, errors):
    """This is the mean of two slopes; a line of least squares weighs them by how far the n are apart."""
    return (first_two(evaluations, errors) + last_two(evaluations, errors)) / 2


@exercise.mistake(ORDER)
def n_without_log(evaluations, errors):
    """This goes by the slope of log error over n; take the log of n, too."""
    return -slope(evaluations, [math.log(error) for error in errors])


@exercise.mistake(ORDER)
def errors_without_log(evaluations, errors):
    """This goes by the slope of the errors over log n; take the log of the errors, too."""
    return -slope([math.log(n) for n in evaluations], errors)


@exercise.mistake(ORDER)
def no_log(evaluations, errors):
    """This is the slope of the errors themselves; take logs of both n and the errors."""
    return -slope(evaluations, errors)


@exercise.mistake(ORDER)
def upside_down(evaluations, errors):
    """The slope is upside down: it should be that of log error over log n."""
    steepness = slope([math.log(error) for error in errors], [math.log(n) for n in evaluations]) \
        if len(set(errors)) > 1 else math.inf
    return -steepness


@exercise.mistake(ORDER)
def through_the_origin(evaluations, errors):
    """This is the slope of a line through the origin, as if c were 1. Subtract the means first."""
    x, y = [math.log(n) for n in evaluations], [math.log(error) for error in errors]
    return -sum(a * b for a, b in zip(x, y)) / sum(a * a for a in x)


@exercise.mistake(ORDER)
def doublings(evaluations, errors):
    """This is log₂ of the first error over the second, the order only where n doubles; divide by log₂ of the ratio of
    the n.
    """
    return math.log2(errors[0] / errors[1])
