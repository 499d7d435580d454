"""How sharp the statistics of draws are: right ones pass, each deviation named in draws.py is seen as often as said.

A right answer fails one of them once in a hundred million; 40 seeds here, of some ten statistics each.
"""

import pytest
import torch

from toydiff.checks import draws

SEEDS = range(40)
EVEN = {kinds: torch.full((kinds,), 1 / kinds, dtype=torch.float64) for kinds in (8, 10, 300)}


def drawn(shares, seed, n=draws.MANY):
    """n kinds by chance, in these shares."""
    return torch.multinomial(shares.float(), n, True, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("kinds", EVEN)
def test_what_is_drawn_evenly_is_not_complained_of(kinds):
    for seed in SEEDS:
        one = drawn(EVEN[kinds], seed, 40_000)
        assert draws.counted(one, EVEN[kinds], str) is None and draws.linked(one, "It") is None
        assert draws.dealt(list(one.split(50)[:100]), EVEN[kinds]) is None
    assert draws.copied(torch.rand(draws.MANY, 2), "x") is None and draws.copied(torch.rand(draws.MANY), "x") is None


@pytest.mark.parametrize("kinds, more", [(8, 0.05), (10, 0.05), (300, 0.5)])
def test_one_that_comes_too_often_is_seen(kinds, more):
    """With a probability of 0.99: then 40 of 40 have one of 0.67, and fewer than 37 one of 0.0007."""
    shares = EVEN[kinds].clone()
    shares[1] *= 1 + more
    seen = [draws.counted(drawn(shares, seed), EVEN[kinds], str) for seed in SEEDS]
    assert sum(complaint is not None for complaint in seen) >= 37
    assert all("draws" in complaint for complaint in seen if complaint)


def test_what_is_dealt_out_is_seen_each_time():
    for seed in SEEDS:
        order = torch.randperm(draws.FEW, generator=torch.Generator().manual_seed(seed))
        assert "more evenly" in draws.counted(order % 8, EVEN[8], str)
        few = [torch.randperm(50, generator=torch.Generator().manual_seed(50 * seed + i)) % 8 for i in range(100)]
        assert "more evenly" in draws.dealt(few, EVEN[8])


def test_draws_that_hang_on_earlier_ones_are_seen():
    for seed in SEEDS[:10]:
        noise = torch.randn(draws.MANY, generator=torch.Generator().manual_seed(seed))
        assert "the draw 7 before it" in draws.linked(noise + 0.02 * noise.roll(7), "It")
        assert draws.linked(noise, "It") is None


def test_what_has_few_values_is_seen():
    x = torch.rand(draws.MANY, 2, generator=torch.Generator().manual_seed(0))
    assert "different values" in draws.copied(x.half(), "x") and "different values" in draws.copied(
        x[: draws.MANY // 2].repeat(2, 1), "x")
