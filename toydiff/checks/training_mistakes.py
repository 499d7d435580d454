"""The wrong lines that people write at station 4, training, and what to say to each."""

import itertools

import torch

from ..forward_process import add_noise, forward_step
from .engine.ladder import Mistake
from .forward_process_mistakes import row

ALGORITHM, RUN = "The algorithm", "A real run"


def _noised_at_t_minus_1(x0, t, eps, schedule):
    a = row(schedule.alpha_bar, t - 1)
    return (a.sqrt() * x0 + (1 - a).sqrt() * eps).to(x0.dtype)


def _loss(of=lambda d: (d**2).mean(), xt=add_noise, target=lambda x0, xt, eps: eps, time=lambda t, schedule: t):
    """A wrong loss, with something else in one place."""
    def formula(model, x0, t, eps, schedule):
        x = xt(x0, t, eps, schedule)
        return of(model(x, time(t, schedule)) - target(x0, x, eps))
    return formula


_right_loss = _loss()


def _step(loss=_right_loss, moves=1, passes=1, sign=1, forget=True, after=False, late=False, clip=False):
    """A wrong training step, with something else in one place."""
    def step(model, optimizer, *question):
        value = loss(model, *question)
        if late:
            optimizer.step()
        if forget:
            optimizer.zero_grad()
        for again in range(passes):
            (sign * value).backward(retain_graph=again + 1 < passes)
        if clip:
            torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
        for _ in range(0 if late else moves):
            optimizer.step()
        return (loss(model, *question) if after else value).item()
    return step


def _taken(several):
    """A wrong way through a loader, made of a function that yields batches."""
    return lambda loader, steps: torch.stack(list(itertools.islice(several(loader, steps), steps)))


def _passes(begin):
    """Yield from begin(loader), pass after pass."""
    def several(loader, steps):
        while True:
            yield from begin(loader)
    return several


MISTAKES = {
    "draw_t": [
        Mistake("high_is_excluded", "t = T never comes: `randint(1, T)` stops before T. Ask for numbers below T + 1.",
                ALGORITHM, lambda n, T, source: torch.randint(1, T, (n,), generator=source)),
        Mistake("from_0", "t runs from 0 to T − 1. There is no noise at 0, and T never comes: draw from 1 … T.",
                ALGORITHM, lambda n, T, source: torch.randint(T, (n,), generator=source)),
        Mistake("0_to_T", "t = 0 comes as well, but there is no noise to guess in it: begin at 1.", ALGORITHM,
                lambda n, T, source: torch.randint(T + 1, (n,), generator=source)),
        Mistake("beyond_T", "t = T + 1 comes as well, and no table has an entry for it.", ALGORITHM,
                lambda n, T, source: torch.randint(1, T + 2, (n,), generator=source)),
        Mistake("one_for_all", "All points get the same t. Each needs its own, or a step learns about one t alone.",
                ALGORITHM, lambda n, T, source: torch.randint(1, T + 1, (1,), generator=source).expand(n)),
        Mistake("rounded", "A rounded `rand` gives both ends only half as often as the others. Take `torch.randint`.",
                ALGORITHM, lambda n, T, source: (
                    1 + (T - 1) * torch.rand(n, generator=source)).round().long()),
        Mistake("small_more_often", "This draws small t more often, as `toydiff.train` does. Asked was "
                "Algorithm 1: all t alike.", RUN, lambda n, T, source: (
                    1 + T * torch.rand(n, generator=source) ** 2).long().clamp(max=T)),
        Mistake("sorted", "The timesteps come in order. Leave them as they are drawn, or each t meets the same places "
                "of a batch.", ALGORITHM, lambda n, T, source: torch.randint(
                    1, T + 1, (n,), generator=source).sort().values),
    ],
    "loss": [
        Mistake("noise_t_minus_1", "The network is told t, but the point was noised to t − 1. Both must be the same t.",
                ALGORITHM, _loss(xt=_noised_at_t_minus_1)),
        Mistake("model_t_minus_1", "The point was noised to t, but the network is told t − 1. Both must be the same t.",
                ALGORITHM, _loss(time=lambda t, schedule: t - 1)),
        Mistake("scaled_t", "The network is called with the t of the formulas; it divides by T itself.", ALGORITHM,
                _loss(time=lambda t, schedule: t / schedule.T)),
        Mistake("no_noise", "The network gets x_0; it must see the noisy x_t.", ALGORITHM,
                _loss(xt=lambda x0, t, eps, schedule: x0)),
        Mistake("only_noise", "The network gets the noise alone, the very answer it should guess; give it x_t.",
                ALGORITHM, _loss(xt=lambda x0, t, eps, schedule: eps)),
        Mistake("one_step", "The points get the noise of a single step; x_t holds that of all t steps: `add_noise`.",
                ALGORITHM, _loss(xt=forward_step)),
        Mistake("target_x0", "The answer is compared with x_0, but this network is to guess the noise ε.", ALGORITHM,
                _loss(target=lambda x0, xt, eps: x0)),
        Mistake("target_xt", "The answer is compared with x_t; compare it with the noise ε.", ALGORITHM,
                _loss(target=lambda x0, xt, eps: xt)),
        Mistake("added", "Answer and noise are added; take their difference.", ALGORITHM,
                _loss(target=lambda x0, xt, eps: -eps)),
        Mistake("summed", "This is the sum of all squares. Take the mean, or the loss grows with the batch.", ALGORITHM,
                _loss(lambda d: (d**2).sum())),
        Mistake("per_point", "The two coordinates are added up, so an answer of 0 would cost 2; take the mean over "
                "them, too.", ALGORITHM, _loss(lambda d: (d**2).sum(1).mean())),
        Mistake("absolute", "These are absolute values; take squares. Only with them the best answer is a mean.",
                ALGORITHM, _loss(lambda d: d.abs().mean())),
        Mistake("root", "There is a root around the mean; leave it squared.", ALGORITHM,
                _loss(lambda d: (d**2).mean().sqrt())),
        Mistake("no_mean", "This is a square for each coordinate; a loss is one number, their mean.", ALGORITHM,
                _loss(lambda d: d**2)),
        Mistake("mean_first", "You take the mean first, then the square: errors of opposite sign would cancel.",
                ALGORITHM, _loss(lambda d: d.mean() ** 2)),
    ],
    "training_step": [
        Mistake("no_zero_grad", "The gradients of earlier steps are still in the sum: call `optimizer.zero_grad()` "
                "before `backward`.", ALGORITHM, _step(forget=False)),
        Mistake("unmoved", "The weights do not move: `backward` or `optimizer.step()` is missing, or `zero_grad` "
                "stands between them.", ALGORITHM, _step(moves=0)),
        Mistake("late", "Each step uses the gradient of the step before: first `backward`, then `optimizer.step()`.",
                ALGORITHM, _step(late=True)),
        Mistake("uphill", "It steps uphill: the loss grows. `backward` belongs to the loss itself, without a minus.",
                ALGORITHM, _step(sign=-1)),
        Mistake("two_moves", "`optimizer.step()` is called twice for one gradient.", ALGORITHM, _step(moves=2)),
        Mistake("two_gradients", "`backward` is called twice, so the gradient counts double.", ALGORITHM,
                _step(passes=2)),
        Mistake("loss_afterwards", "The loss that you return is that after the step; the one before it was asked, and "
                "is there already.", ALGORITHM, _step(after=True)),
        Mistake("summed", "The loss is a sum, so the steps grow with the batch; take the mean.", ALGORITHM,
                _step(_loss(lambda d: (d**2).sum()))),
        Mistake("per_point", "The two coordinates are added up, which doubles loss and gradient; take the mean over "
                "them, too.", ALGORITHM, _step(_loss(lambda d: (d**2).sum(1).mean()))),
        Mistake("noise_t_minus_1", "The network is told t, but the points were noised to t − 1.", ALGORITHM,
                _step(_loss(xt=_noised_at_t_minus_1))),
        Mistake("no_noise", "The network sees x_0, without noise; give it x_t.", ALGORITHM,
                _step(_loss(xt=lambda x0, t, eps, schedule: x0))),
        Mistake("target_x0", "The network learns to answer x_0; it should learn ε.", ALGORITHM,
                _step(_loss(target=lambda x0, xt, eps: x0))),
    ],
    "batches": [
        Mistake("cycle", "From the second pass on, the order is that of the first: `itertools.cycle` and lists freeze "
                "the shuffle. Begin each pass with a new `for batch in loader`.", ALGORITHM,
                _taken(lambda loader, steps: itertools.cycle(loader))),
        Mistake("first_of_each_pass", "Each batch is the first one of a new pass: `iter(loader)` begins again. Finish "
                "the pass first.", ALGORITHM, _taken(_passes(lambda loader: [next(iter(loader))]))),
        Mistake("one_batch", "It is the same batch again and again.", ALGORITHM,
                _taken(lambda loader, steps: itertools.repeat(next(iter(loader))))),
        Mistake("one_pass", "It ends after one pass. When the loader is through, begin another pass.", ALGORITHM,
                _taken(lambda loader, steps: iter(loader))),
        Mistake("last_left_out", "The last batch of each pass is left out.", ALGORITHM,
                _taken(_passes(lambda loader: list(loader)[:-1] or loader))),
        Mistake("first_left_out", "The first batch of each pass is left out.", ALGORITHM,
                _taken(_passes(lambda loader: list(loader)[1:] or loader))),
        Mistake("one_too_many", "There is one batch too many: leave the loop as soon as there are `steps`.", ALGORITHM,
                lambda loader, steps: torch.stack(list(itertools.islice(_passes(iter)(loader, 0), steps + 1)))),
        Mistake("joined", "The batches are joined to one long batch; `torch.stack` keeps them apart.", ALGORITHM,
                lambda loader, steps: torch.cat(list(itertools.islice(_passes(iter)(loader, 0), steps)))),
    ],
}
