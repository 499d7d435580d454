"""From the noise that a model sees to the velocity."""

from .. import drawings
from ..engine.exercise import Exercise
from .lines import NO_COLUMN, ONE_U, about_u, by_point, column, guess
from .sections import NAMES, NOTEBOOK, WRONG


def to_velocity(eps, u, xu):
    """The velocity, shape (batch, 2)."""
    return ((eps - xu) / (1 - column(u))).to(xu.dtype)


exercise = Exercise(
    "flow.to_velocity", NOTEBOOK, to_velocity, about_u("eps", "xu"),
    hints=["The velocity is ε − x_0. Solve x_u = (1 − u) x_0 + u ε for x_0, and put it in.",
           "It can be written with one fraction: below stands 1 − u, once."],
    place=by_point,
    draw=drawings.arrows(lambda f, grid: f(guess(grid), drawings.every(0.3, len(grid)), grid)))


def x0_of(eps, u, xu):
    """Return the x_0 that belongs to ε."""
    u = column(u)
    return (xu - u * eps) / (1 - u)


@exercise.mistake(WRONG)
def sign(eps, u, xu):
    """This is x_0 − ε, the velocity of the other convention: with data at u = 0 it is ε − x_0."""
    return x0_of(eps, u, xu) - eps


@exercise.mistake(NAMES)
def x0_itself(eps, u, xu):
    """This is the x_0 that belongs to ε; the velocity is ε − x_0."""
    return x0_of(eps, u, xu)


@exercise.mistake(NAMES)
def divided_by_u(eps, u, xu):
    """This is (ε − x_u) / u. The way from x_0 to x_u takes u; the rest, to ε, takes 1 − u."""
    return (eps - xu) / column(u)


@exercise.mistake(NAMES)
def not_divided(eps, u, xu):
    """This is ε − x_u, which is only 1 − u of the whole way: divide by that."""
    return eps - xu


@exercise.mistake(NAMES)
def multiplied(eps, u, xu):
    """This is (ε − x_u) (1 − u); divide by 1 − u: a velocity is the way by its time."""
    return (eps - xu) * (1 - column(u))


@exercise.mistake(NAMES)
def x0_not_divided(eps, u, xu):
    """This is ε − (x_u − u ε); solved for x_0, the line is (x_u − u ε) / (1 − u)."""
    return eps - (xu - column(u) * eps)


@exercise.mistake(NAMES)
def all_of_the_noise(eps, u, xu):
    """This is ε − (x_u − ε) / (1 − u), as if all of ε were in x_u; there is u of it."""
    return eps - (xu - eps) / (1 - column(u))


@exercise.mistake(NAMES)
def noise_left_in(eps, u, xu):
    """This is ε − x_u / (1 − u); the noise in x_u, u ε, must be taken out first."""
    return eps - xu / (1 - column(u))


@exercise.mistake(NAMES)
def roots(eps, u, xu):
    """These are the factors of the forward process, with square roots; on a line they are 1 − u and u."""
    u = column(u)
    return eps - (xu - u.sqrt() * eps) / (1 - u).sqrt()


@exercise.mistake(NAMES)
def as_if_score(eps, u, xu):
    """This is −(x_u + u ε) / (1 − u), right if a score came in; what comes in is ε."""
    u = column(u)
    return -(u * eps + xu) / (1 - u)


@exercise.mistake(NAMES, says=ONE_U)
def one_u(eps, u, xu):
    """All points get the u of the first one."""
    return (eps - xu) / (1 - u[0])


@exercise.mistake(NAMES, says=NO_COLUMN)
def no_column(eps, u, xu):
    """u meets a coordinate, not a point."""
    return (eps - xu) / (1 - u)
