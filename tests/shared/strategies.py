"""What the property-based tests draw from: whatever a function wants, and whatever it does not."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import torch
from hypothesis import strategies as st

from toydiff.data import Checkerboard
from toydiff.forward_process import Schedule
from toydiff.mlp import FeatureMLP, ReferenceMLP

FLOATS = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
DTYPES = [*FLOATS, torch.float8_e4m3fn, torch.float8_e5m2, torch.bool, torch.uint8, torch.int8, torch.int16,
          torch.int32, torch.int64, torch.uint16, torch.complex64, torch.complex128]
EPSILON = {dtype: torch.finfo(dtype).eps for dtype in FLOATS}


class Unprintable:
    """A class that somebody has not finished: it cannot even be shown."""

    def __repr__(self):
        raise RuntimeError("not finished")


# --- what is wanted --------------------------------------------------------------------------------------

boards = st.sampled_from([2, 4, 4, 6, 10, 32]).map(Checkerboard)
seeds = st.integers(-2**63, 2**63 - 1)
betas = st.floats(1e-6, 0.999)


@st.composite
def schedules(draw, most=12):
    """Schedules of every kind, from one step on; by hand also those that leave next to nothing of the data."""
    kind = draw(st.sampled_from(["by hand", "linear", "cosine", "named"]))
    if kind == "by hand":
        return Schedule(draw(st.lists(betas, min_size=1, max_size=most)))
    if kind == "linear":
        return Schedule.linear(draw(st.integers(1, most)), draw(betas), draw(betas))
    if kind == "cosine":
        return Schedule.cosine(draw(st.integers(1, most)), draw(st.floats(1e-6, 0.99)))
    return draw(st.sampled_from([Schedule.linear(), Schedule.reference(), Schedule.cosine(), Schedule.linear(2000)]))


def drawn_points(n, dtype=torch.float32, seed=0, scale=1.0):
    """Return n points around 0, shape (n, 2)."""
    source = torch.Generator().manual_seed(seed)
    return (scale * torch.randn(n, 2, generator=source, dtype=torch.float64)).to(dtype)


@st.composite
def points(draw, n=None, dtype=None, most=100.0):
    """Points: none, one or some, near and far, some of them on the very edges of cells."""
    n = draw(st.integers(0, 9)) if n is None else n
    dtype = draw(st.sampled_from(FLOATS)) if dtype is None else dtype
    x = drawn_points(n, torch.float64, draw(st.integers(0, 2**32)),
                     10.0 ** draw(st.integers(-2, int(math.log10(most)))))
    for i in range(n):
        x[i, draw(st.integers(0, 1))] = draw(st.sampled_from([-1, -0.5, 0, 0.25, 1, x[i, 0].item()]))
    return x.clamp(-most, most).to(dtype)


def some_t(schedule, n):
    """Timesteps in every way they may be written: an int, one number in a tensor, one for each point."""
    one = st.integers(1, schedule.T)
    return st.one_of(
        one, one.map(np.int64), one.map(torch.tensor),
        st.tuples(st.lists(one, min_size=n, max_size=n), st.sampled_from([torch.int64, torch.int32])).map(
            lambda made: torch.tensor(made[0], dtype=made[1])))


@st.composite
def noisings(draw, dtype=None, of=("x0", "eps")):
    """Arguments of add_noise and its kin: points, noise of the same shape, t, a schedule."""
    schedule = draw(schedules())
    first = draw(points(dtype=dtype))
    second = drawn_points(len(first), first.dtype, draw(st.integers(0, 99)))
    return {of[0]: first, "t": draw(some_t(schedule, len(first))), of[1]: second, "schedule": schedule}


def tables(schedule):
    """A number, 0 or more, for each t = 0…T."""
    return st.integers(0, 99).map(lambda seed: torch.rand(schedule.T + 1, dtype=torch.float64,
                                                          generator=torch.Generator().manual_seed(seed)))


@st.composite
def networks(draw, schedule):
    """A small network of either kind."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(draw(st.integers(0, 99)))
        return draw(st.sampled_from([FeatureMLP, ReferenceMLP]))(schedule, draw(st.integers(1, 8)))


# --- what is not -----------------------------------------------------------------------------------------

@st.composite
def tensors(draw):
    """Tensors of any shape, type, content and place."""
    shape = draw(st.sampled_from([(), (0,), (1,), (2,), (3,), (5,), (0, 2), (1, 2), (3, 2), (2, 3), (3, 1), (1, 1, 2),
                                  (4, 0), (2, 2, 2)]))
    dtype = draw(st.sampled_from(DTYPES))
    fill = draw(st.sampled_from([0, 1, 2, -1, 0.3, math.nan, math.inf, -math.inf, 6e4, 3e38, 1e308]))
    whole = not (dtype.is_floating_point or dtype.is_complex)
    if whole:
        fill = int(fill) if math.isfinite(fill) and 0 <= fill < 100 else 1
    x = torch.full(shape, fill, dtype=torch.int64 if whole else torch.float64).to(dtype)
    if draw(st.integers(0, 5)) == 0:
        return x.to("meta")
    if dtype in FLOATS and draw(st.integers(0, 5)) == 0:
        x.requires_grad_()
    return x


def not_numbers_alone():
    """Numbers at and beyond every limit, but none that would truly be computed with for hours."""
    return st.one_of(
        st.sampled_from([0, 1, -1, 2, 3, 7, 2**31, 2**63, 2**64, -2**63 - 1, 10**400, 10**5000, -10**5000, 0.0, 0.5,
                         -0.0, 2.0, 3.7, 5e-324, 1e-17, 1e308, math.nan, math.inf, -math.inf, 1j, True, False]),
        st.sampled_from([np.float64("nan"), np.float32(0.5), np.int8(3), np.uint8(2), np.bool_(True), np.complex64(1j),
                         Fraction(1, 3), Fraction(1, 10**400), Decimal("0.5"), Decimal("NaN")]))


junk = st.one_of(
    not_numbers_alone(), tensors(), st.text(max_size=30), st.binary(max_size=10),
    st.sampled_from([None, "cpu", "cuda", "cuda:7", "meta", "mps", "0.5", "x\ny" * 100, [], [1, 2], [[0.0, 0.0]],
                     [None], (), {}, {"a": 1}, set(), object, object(), Unprintable(), Unprintable, Checkerboard,
                     Schedule, FeatureMLP, torch.float32, torch.device("meta"), range(3), print, slice(None),
                     NotImplemented, ...]),
    st.sampled_from([np.zeros((3, 2)), np.zeros(0), np.array(2), np.array(3, np.uint8), np.array([1, 2, 3]),
                     np.array([["a", None]], object), np.zeros((3, 2), np.float32), np.full((3, 2), 1j)]))
