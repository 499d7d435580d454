"""The patients of the clinic as they came in, each with one mistake found in published notebooks, and other mistakes.

Those who mend one may make another: they are called by name as anywhere.
"""

from dataclasses import replace

import torch

from ..forward_process import add_noise
from ..training import loss
from .engine.ladder import Mistake
from .sampling_mistakes import MISTAKES as OF_SAMPLING
from .sampling_mistakes import row

SAMPLING, TRAINING, FORWARD = "05_sampling", "04_training", "02_forward_process"
WALK, NOISE, ROOT = "The sampler", "How much noise in a step?", "A real mistake: β where √β belongs"
ALGORITHM, RAND = "The algorithm", "A real mistake: rand for randn"
JUMP = "All steps in one jump"


def _as_patient(mistake):
    """A mistake of the sampler, with σ² = β."""
    return replace(mistake, notebook=SAMPLING, wrong=lambda model, xT, z, schedule: mistake.wrong(
        model, xT, z, schedule.beta, schedule))


_SAMPLER = {mistake.name: _as_patient(mistake) for mistake in OF_SAMPLING["sampler"]}


def langevin(draw=torch.randn, size=lambda h: (2 * h).sqrt(), push=1.0, steps=4, anew=True, down=True):
    """Return annealed Langevin sampling, right as it stands or wrong in one place."""
    def sampler(score, xT, schedule, source):
        x = xT
        for t in range(schedule.T, 0, -1) if down else range(1, schedule.T + 1):
            h, z = 0.3 * (1 - schedule.alpha_bar[t]), draw(x.shape, generator=source)
            for _ in range(steps):
                x = x + push * h * score(x, t) + size(h) * z
                z = draw(x.shape, generator=source) if anew else z
        return x
    return sampler


def ddim(model, xT, schedule, ask=lambda t: t, to=lambda t: t - 1, last=1, formula=None):
    """Sample with DDIM, right as it stands or wrong in one place."""
    x = xT
    for t in range(schedule.T, last - 1, -1):
        eps, now, then = model(x, ask(t)), schedule.alpha_bar[t], schedule.alpha_bar[max(to(t), 0)]
        x0 = (x - (1 - now).sqrt() * eps) / now.sqrt()
        x = formula(x0, eps, now, then) if formula else then.sqrt() * x0 + (1 - then).sqrt() * eps
    return x


def _ddim(**wrong):
    return lambda model, xT, schedule: ddim(model, xT, schedule, **wrong)


def _upwards(model, xT, schedule):
    return ddim(model, xT, schedule, to=lambda t: min(t + 1, schedule.T))


def guessed(at=lambda t: t, ask=lambda t: t, mix=lambda a, x0, eps: a.sqrt() * x0 + (1 - a).sqrt() * eps,
            error=lambda guess, x0, eps, xt: ((guess - eps) ** 2).mean(), column=row):
    """Return the loss of a training step, right as it stands or wrong in one place."""
    def answer(model, x0, t, eps, schedule):
        xt = mix(column(schedule.alpha_bar, at(t)), x0, eps).to(x0.dtype)
        return error(model(xt, ask(t)), x0, eps, xt)
    return answer


def course(batch=lambda batches, i: batches[i], times=len, every=1, zero=True, step=True):
    """Return a training loop, right as it stands or wrong in one place."""
    def loop(model, optimizer, batches, schedule):
        losses = []
        for i in range(times(batches)):
            value = loss(model, *batch(batches, i), schedule)
            if zero:
                optimizer.zero_grad()
            value.backward()
            if step:
                optimizer.step()
            losses.append(value.item())
        return losses
    return loop


def _without_noise(model, x0, t, eps, schedule):
    return ((model(x0, t) - eps) ** 2).mean()


def _with_alpha(model, xT, schedule):
    x = xT
    for t in range(schedule.T, 0, -1):
        eps, now, then = model(x, t), schedule.alpha_bar[t], schedule.alpha[t - 1]
        x = then.sqrt() * (x - (1 - now).sqrt() * eps) / now.sqrt() + (1 - then).sqrt() * eps
    return x


def _of_alpha(model, x0, t, eps, schedule):
    a = row(schedule.alpha, t)
    return ((model((a.sqrt() * x0 + (1 - a).sqrt() * eps).to(x0.dtype), t) - eps) ** 2).mean()


AS_IT_CAME = {
    "patient_1": _SAMPLER["noise_at_the_end"].wrong,
    "patient_2": _SAMPLER["variance_for_std"].wrong,
    "patient_3": langevin(torch.rand),
    "patient_4": _ddim(to=lambda t: t),
    "patient_5": guessed(at=lambda t: t - 1),
    "patient_6": course(batch=lambda batches, i: batches[0]),
}

MISTAKES = {
    "patient_1": [mistake for name, mistake in _SAMPLER.items() if name != "noise_at_the_end"],
    "patient_2": [mistake for name, mistake in _SAMPLER.items() if name != "variance_for_std"],
    "patient_3": [
        Mistake("centred_rand", "Shifted to the middle, `rand` is still too narrow and has corners: `randn` is a "
                "Gaussian.", RAND, langevin(lambda *a, **k: torch.rand(*a, **k) - 0.5), TRAINING),
        Mistake("wide_rand", "Uniform numbers of the right mean and width are still no Gaussian: draw with `randn`.",
                RAND, langevin(lambda *a, **k: (torch.rand(*a, **k) - 0.5) * 12**0.5), TRAINING),
        Mistake("no_noise", "Without noise the points climb to the peaks of the density and stay there.", NOISE,
                langevin(lambda *a, **k: 0 * torch.randn(*a, **k)), SAMPLING),
        Mistake("h_for_its_root", "The noise is multiplied by 2h; its factor is √(2h).", ROOT,
                langevin(size=lambda h: 2 * h), FORWARD),
        Mistake("root_of_h", "The noise is multiplied by √h; Langevin's step has √(2h).", NOISE,
                langevin(size=lambda h: h.sqrt()), SAMPLING),
        Mistake("downhill", "The score is subtracted: that leads away from the data.", WALK,
                langevin(push=-1.0), SAMPLING),
        Mistake("one_step", "Each level has one small step, four were asked.", WALK, langevin(steps=1), SAMPLING),
        Mistake("one_noise", "The four steps of a level share their noise; each needs fresh noise.", WALK,
                langevin(anew=False), SAMPLING),
        Mistake("upwards", "t runs upwards; the noise levels fall, from T to 1.", WALK, langevin(down=False), SAMPLING),
    ],
    "patient_4": [
        Mistake("two_back", "Each step goes to t − 2.", WALK, _ddim(to=lambda t: t - 2), SAMPLING),
        Mistake("forwards", "Each step adds noise up to t + 1: the way leads back, to t − 1.", WALK,
                _upwards, SAMPLING),
        Mistake("asks_t_minus_1", "The network is asked with t − 1, but the point is one of step t.", WALK,
                _ddim(ask=lambda t: t - 1), SAMPLING),
        Mistake("stops_at_2", "The walk ends after t = 2.", WALK, _ddim(last=2), SAMPLING),
        Mistake("x0_at_once", "Each step goes to the guessed x_0 itself and adds no noise again.", WALK,
                _ddim(formula=lambda x0, eps, now, then: x0), SAMPLING),
        Mistake("noise_of_t", "The guess is shrunk for t − 1, but the noise added is still that of t.", WALK, _ddim(
            formula=lambda x0, eps, now, then: then.sqrt() * x0 + (1 - now).sqrt() * eps), SAMPLING),
        Mistake("point_of_t", "The noise is that of t − 1, but the guess is still shrunk for t.", WALK, _ddim(
            formula=lambda x0, eps, now, then: now.sqrt() * x0 + (1 - then).sqrt() * eps), SAMPLING),
        Mistake("alpha", "You take α_{t−1} of a single step; it should be the product ᾱ_{t−1}.", WALK,
                _with_alpha, SAMPLING),
    ],
    "patient_5": [
        Mistake("both_t_minus_1", "Now data and network agree on t − 1; but t = 1 then shows data without noise, and "
                "t = T never comes.", ALGORITHM, guessed(at=lambda t: t - 1, ask=lambda t: t - 1), TRAINING),
        Mistake("asks_t_minus_1", "Now the data is right, and the network is told t − 1.", ALGORITHM,
                guessed(ask=lambda t: t - 1), TRAINING),
        Mistake("alpha", "You take α_t, one small step; training jumps with the product ᾱ_t.", JUMP,
                _of_alpha, FORWARD),
        Mistake("no_row", "A table looked up at t has shape (batch,): `[:, None]` makes it a column, one factor for "
                "each point.", JUMP, guessed(column=lambda table, t: table[t]), FORWARD),
        Mistake("noise_without_root", "The noise is multiplied by 1 − ᾱ_t; its factor is the root of that.", ROOT,
                guessed(mix=lambda a, x0, eps: a.sqrt() * x0 + (1 - a) * eps), FORWARD),
        Mistake("guesses_x0", "You compare with x_0; the network guesses the noise.", ALGORITHM,
                guessed(error=lambda guess, x0, eps, xt: ((guess - x0) ** 2).mean()), TRAINING),
        Mistake("sum", "You add the squares; their mean is asked.", ALGORITHM,
                guessed(error=lambda guess, x0, eps, xt: ((guess - eps) ** 2).sum()), TRAINING),
        Mistake("no_noise", "The network is shown x_0 without any noise.", ALGORITHM, _without_noise, TRAINING),
    ],
    "patient_6": [
        Mistake("last_batch", "Now it is always the last batch.", ALGORITHM, course(lambda all, i: all[-1]), TRAINING),
        Mistake("first_left_out", "The first batch is left out.", ALGORITHM, course(
            lambda all, i: all[i + 1], lambda all: len(all) - 1), TRAINING),
        Mistake("one_step", "It ends after one batch.", ALGORITHM, course(times=lambda all: 1), TRAINING),
        Mistake("twice", "It goes through all batches twice.", ALGORITHM, course(
            lambda all, i: all[i % len(all)], lambda all: 2 * len(all)), TRAINING),
        Mistake("backwards", "It goes through the batches from the last to the first.", ALGORITHM,
                course(lambda all, i: all[-1 - i]), TRAINING),
        Mistake("no_zero_grad", "The gradients of all steps add up: `optimizer.zero_grad()` is missing.", ALGORITHM,
                course(zero=False), TRAINING),
        Mistake("nothing_learned", "The weights stay as they are: `backward()` or `optimizer.step()` is missing.",
                ALGORITHM, course(step=False), TRAINING),
    ],
}
