"""How far apart two Gaussians are."""

import torch

from ... import judge
from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import alone, drawn, only
from .sections import GOOD, NOTEBOOK


def frechet(mean_x, covariance_x, mean_y, covariance_y):
    """The squared Fréchet distance, a number."""
    return torch.tensor(judge.gaussian_frechet(mean_x, covariance_x, mean_y, covariance_y), dtype=mean_x.dtype)


def spread(d, seed, rank=None):
    """Return a covariance of shape (d, d), of less than full rank if asked."""
    root = drawn(d, rank or 2 * d, seed=seed) / (rank or 2 * d) ** 0.5
    return root @ root.T


def pairs():
    """Return the cases. Of two that turn differently, no product or root of single entries gives the right number."""
    def case(given, d=3, means=(1, 2), x=None, y=None, dtype=torch.float64):
        mean_x, mean_y = (drawn(d, seed=seed) for seed in means)
        values = mean_x, spread(d, 3) if x is None else x, mean_y, spread(d, 4) if y is None else y
        names = "mean_x", "covariance_x", "mean_y", "covariance_y"
        return Case(given, {name: value.to(dtype) for name, value in zip(names, values)})

    diagonal = [torch.diag(torch.tensor(v).double()) for v in ((4.0, 1.0, 9.0), (1.0, 16.0, 2.25))]
    another = case("", means=(6, 7), x=spread(3, 8), y=spread(3, 9)).args
    return [*alone(case("two Gaussians"), **another),
            case("the same covariance", y=spread(3, 3)), case("the same mean", means=(1, 1)),
            case("covariances without correlations", x=diagonal[0], y=diagonal[1]), case("one dimension", 1),
            case("33 dimensions", 33, (6, 7)), case("twice the same", means=(1, 1), y=spread(3, 3)),
            case("one covariance a hundred times the other", y=100 * spread(3, 4)),
            case("a covariance of rank 1", 4, x=spread(4, 8, 1), y=spread(4, 9)),
            case("float32 numbers", dtype=torch.float32)]


WIDTHS = torch.linspace(0.1, 3, 30).tolist()


def by_width(function):
    """Return the distance of a Gaussian of width 1 from ever wider ones beside it, in two dimensions."""
    zero, eye = torch.zeros(2).double(), torch.eye(2).double()
    return [function(zero, eye, zero + 1, width**2 * eye) for width in WIDTHS]


exercise = Exercise(
    "pictures.frechet", NOTEBOOK, frechet, pairs(), number=True, place=only("the distance"),
    draw=drawings.curve(by_width, x=WIDTHS, xlabel="width of the other", ylabel="distance"),
    hints=["The trace of a root is the sum of the roots of the eigenvalues: `torch.linalg.eigvals(covariance_x @ "
           "covariance_y)`.",
           "Eigenvalues come as complex numbers, whose imaginary part is 0 here: `.real`. Rounding may leave "
           "−1e-18: `.clamp(min=0)`.",
           "|m − m'|² + tr Σ + tr Σ' − 2 Σ √λ: four parts, and `.trace()` for two of them."],
    # a root near 0 doubles the digits that are lost; in float32 half of them are
    tolerance=((2e-3, 2e-3), (1e-5, 1e-6)))


def parts(mean_x, covariance_x, mean_y, covariance_y):
    """Return the squared distance of the means, the two traces, and the trace of the root."""
    roots = torch.linalg.eigvals(covariance_x @ covariance_y).real.clamp(min=0).sqrt()
    return (mean_x - mean_y).square().sum(), covariance_x.trace(), covariance_y.trace(), roots.sum()


def root(covariance):
    """Return the symmetric root of a covariance."""
    values, vectors = torch.linalg.eigh(covariance)
    return vectors @ torch.diag(values.clamp(min=0).sqrt()) @ vectors.T


@exercise.mistake(GOOD)
def means_alone(mean_x, covariance_x, mean_y, covariance_y):
    """This is the distance of the means alone, squared; two clouds of one mean may differ in all else."""
    return (mean_x - mean_y).square().sum()


@exercise.mistake(GOOD)
def distance_not_squared(mean_x, covariance_x, mean_y, covariance_y):
    """The distance of the means is not squared here; it is to be, as all other terms are squares."""
    means, x, y, cross = parts(mean_x, covariance_x, mean_y, covariance_y)
    return means.sqrt() + x + y - 2 * cross


@exercise.mistake(GOOD)
def mean_of_the_means(mean_x, covariance_x, mean_y, covariance_y):
    """The squares of the means' differences are averaged here; they are to be added up."""
    means, x, y, cross = parts(mean_x, covariance_x, mean_y, covariance_y)
    return means / len(mean_x) + x + y - 2 * cross


@exercise.mistake(GOOD)
def no_root(mean_x, covariance_x, mean_y, covariance_y):
    """Here 2 tr ΣΣ' is subtracted; it is to be the trace of the root of ΣΣ'."""
    means, x, y, _ = parts(mean_x, covariance_x, mean_y, covariance_y)
    return means + x + y - 2 * (covariance_x @ covariance_y).trace()


@exercise.mistake(GOOD)
def root_of_entries(mean_x, covariance_x, mean_y, covariance_y):
    """This sums roots of single entries of ΣΣ'; the root of a matrix is another matrix, its eigenvalues are the roots.
    """
    means, x, y, _ = parts(mean_x, covariance_x, mean_y, covariance_y)
    return means + x + y - 2 * (covariance_x @ covariance_y).diagonal().clamp(min=0).sqrt().sum()


@exercise.mistake(GOOD)
def product_of_roots(mean_x, covariance_x, mean_y, covariance_y):
    """This has Σ^½ Σ'^½, which is not (ΣΣ')^½ where the two turn differently: take the root of the product."""
    means, x, y, _ = parts(mean_x, covariance_x, mean_y, covariance_y)
    return means + x + y - 2 * (root(covariance_x) @ root(covariance_y)).trace()


@exercise.mistake(GOOD)
def variances_alone(mean_x, covariance_x, mean_y, covariance_y):
    """This goes by the variances alone, (σ − σ')² for each feature: how features hang together is left out."""
    means, *_ = parts(mean_x, covariance_x, mean_y, covariance_y)
    return means + (covariance_x.diagonal().sqrt() - covariance_y.diagonal().sqrt()).square().sum()


@exercise.mistake(GOOD)
def entry_by_entry(mean_x, covariance_x, mean_y, covariance_y):
    """The covariances are compared entry by entry; the formula compares their roots."""
    means, *_ = parts(mean_x, covariance_x, mean_y, covariance_y)
    return means + (covariance_x - covariance_y).square().sum()


@exercise.mistake(GOOD)
def not_doubled(mean_x, covariance_x, mean_y, covariance_y):
    """The trace of the root is subtracted once; it is to be subtracted twice."""
    means, x, y, cross = parts(mean_x, covariance_x, mean_y, covariance_y)
    return means + x + y - cross


@exercise.mistake(GOOD)
def root_taken(mean_x, covariance_x, mean_y, covariance_y):
    """This is the distance; the field reports its square."""
    means, x, y, cross = parts(mean_x, covariance_x, mean_y, covariance_y)
    return (means + x + y - 2 * cross).clamp(min=0).sqrt()
