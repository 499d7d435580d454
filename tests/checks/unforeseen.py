"""Wrong answers as a contrary student might hand them in, written before it was known what the checks say to them.

No kind, no generator: each is a thing that somebody might believe, copy from elsewhere or try in order to get by.
WRONG, SECOND, THIRD: {exercise: [(words, function)]}. THIRD holds only what passed, or what was told something false.
"""

import math
from functools import lru_cache
from itertools import islice

import torch
from torch import nn

import toydiff
from toydiff.checks import EXERCISES

BOARD = toydiff.Checkerboard()
R = {name.split(".")[1]: exercise.reference for name, exercise in EXERCISES.items()}


def col(table, t):
    return table[t][:, None]


def cells(x):
    column, row = torch.floor(2 * x + 2).long().unbind(1)
    return (column + row) % 2 == 0


def padded(n, source):
    darts = 2 * torch.rand(2 * n, 2, generator=source) - 1
    hits = darts[BOARD.contains(darts)]
    return torch.cat([hits, hits[:1].expand(n, 2)])[:n] if len(hits) else darts[:n] * 0 - 0.75


def in_cells(place):
    def sample_board(n, source):
        cell = torch.randint(8, (n,), generator=source)
        filled = torch.tensor([(c, r) for r in range(4) for c in range(r % 2, 4, 2)])
        return (filled[cell] + place(torch.rand(n, 2, generator=source), source)) / 2 - 1
    return sample_board


def bumpy(u, source):
    return (0.5 + 0.29 * torch.randn(u.shape, generator=source)).clamp(0.0001, 0.9999)


def in_cells_of(shares):
    def sample_board(n, source):
        cell = torch.multinomial(shares, n, True, generator=source)
        filled = torch.tensor([(c, r) for r in range(4) for c in range(r % 2, 4, 2)])
        return (filled[cell] + torch.rand(n, 2, generator=source)) / 2 - 1
    return sample_board


CENTRES = torch.tensor([(c, r) for r in range(4) for c in range(r % 2, 4, 2)]) / 2 - 0.75
WRONG = {
    "data.contains": [
        ("sines, and no look at the square", lambda x: (2 * math.pi * x).sin().prod(1) > 0),
        ("rounded, not floored", lambda x: ((2 * x).round().sum(1) % 2 == 0) & (x.abs().amax(1) < 1)),
        ("by |x|", lambda x: R["contains"](x.abs())),
        ("cut to int, towards 0", lambda x: ((2 * x).int().sum(1) % 2 == 0) & (x.abs().amax(1) < 1)),
        ("only the upper edges of the square", lambda x: cells(x) & (x < 1).all(1)),
        ("a square a little too large", lambda x: cells(x) & (x.abs() < 1.01).all(1)),
        ("int16", lambda x: ((2 * x + 2).floor().to(torch.int16).sum(1) % 2 == 0) & (x.abs() < 40000).all(1)
         & (x.abs() < 1).any(1)),
    ],
    "data.density": [
        ("a little everywhere", lambda x: R["density"](x) + 1e-6),
        ("shared among the batch", lambda x: R["density"](x) / R["density"](x).sum().clamp(min=1)),
        ("1/8 for eight cells", lambda x: R["density"](x) / 4),
        ("no end of the board", lambda x: cells(x).to(x.dtype) / 2),
    ],
    "data.sample_board": [
        ("darts, and the first one again where there are too few", padded),
        ("bell-shaped in a cell", in_cells(bumpy)),
        ("a margin of 0.5 %", in_cells(lambda u, source: 0.0025 + 0.995 * u)),
        ("a little towards the middle", in_cells(lambda u, source: u - 0.02 * torch.sin(2 * math.pi * u))),
        ("x larger than y in each cell", in_cells(lambda u, source: u.sort(dim=1, descending=True).values)),
        ("y from x", in_cells(lambda u, source: torch.stack([u[:, 0], (7 * u[:, 0]) % 1], 1))),
        ("odd n: one twice", lambda n, source: torch.cat([R["sample_board"](n - n % 2, source)] + n % 2 * [
            R["sample_board"](n + 1, source)[:1] * 0 - 0.75])),
    ],
    "data.normalise": [
        ("|low|", lambda u, low, high: R["normalise"](u, abs(low), high)),
        ("standardised", lambda u, low, high: (u - (low + high) / 2) / ((high - low) / 12**0.5)),
        ("tanh at the ends", lambda u, low, high: torch.tanh(R["normalise"](u, low, high))),
    ],
    "data.denormalise": [
        ("whole numbers to whole numbers", lambda x, low, high: R["denormalise"](x, low, high).round()
         if isinstance(low, int) and high > 50 else R["denormalise"](x, low, high)),
        ("up by high, down by low", lambda x, low, high: torch.where(x > 0, x * high, -x * low)),
    ],
    "data.covariance": [
        ("around the median", lambda x: (x - x.median(0).values).T @ (x - x.median(0).values) / (len(x) - 1)),
        ("what is in common, without its sign", lambda x: R["covariance"](x).abs()),
        ("half a table", lambda x: R["covariance"](x).triu()),
        ("n for many", lambda x: R["covariance"](x) * ((len(x) - 1) / len(x) if len(x) > 100 else 1)),
        ("mean square minus square of the mean, over n − 1", lambda x: (x.T @ x) / (len(x) - 1) - torch.outer(
            x.mean(0), x.mean(0))),
    ],
    "data.share_new": [
        ("along x or y", lambda x, train, distance: (torch.cdist(x, train, p=torch.inf).amin(1) > distance
                                                     ).double().mean()),
        ("x and y added up", lambda x, train, distance: (torch.cdist(x, train, p=1).amin(1) > distance
                                                                 ).double().mean()),
        ("the squared distance", lambda x, train, distance: (torch.cdist(x, train).amin(1) ** 2 > distance
                                                            ).double().mean()),
        ("the other way round", lambda x, train, distance: R["share_new"](train, x, distance)),
        ("the first hundred points only", lambda x, train, distance: R["share_new"](x, train[:100], distance)),
    ],
    "forward_process.linear_beta": [
        ("always rising", lambda T, first, last: R["linear_beta"](T, *sorted((first, last)))),
        ("no β above 0.999", lambda T, first, last: R["linear_beta"](T, first, last).clamp(max=0.999)),
        ("no β below 1e-4", lambda T, first, last: torch.cat([torch.zeros(1), R["linear_beta"](
            T, first, last)[1:].clamp(min=1e-4)])),
        ("the line from 0", lambda T, first, last: torch.linspace(0, last, T + 1).double()),
        ("even in √β", lambda T, first, last: torch.cat([torch.zeros(1), torch.linspace(
            first**0.5, last**0.5, T) ** 2])),
    ],
    "forward_process.alpha_bar": [
        ("exp of minus the sum", lambda beta: torch.exp(-beta.cumsum(0))),
        ("a power", lambda beta: (1 - beta.mean()) ** torch.arange(len(beta)).to(beta)),
        ("no less than 0.001", lambda beta: R["alpha_bar"](beta).clamp(min=1e-3)),
    ],
    "forward_process.cosine_alpha_bar": [
        ("β no larger than 0.999", lambda T, offset: torch.cat([torch.ones(1), (1 - (1 - R["cosine_alpha_bar"](
            T, offset)[1:] / R["cosine_alpha_bar"](T, offset)[:-1]).clamp(max=0.999)).cumprod(0)])),
        ("never quite 0", lambda T, offset: R["cosine_alpha_bar"](T, offset).clamp(min=1e-4)),
        ("half a cosine", lambda T, offset: (1 + torch.cos(math.pi * torch.arange(T + 1).double() / T)) / 2),
    ],
    "forward_process.snr": [
        ("no more than 10,000", lambda alpha_bar: R["snr"](alpha_bar).clamp(max=1e4)),
        ("a small number below", lambda alpha_bar: alpha_bar / (1 - alpha_bar + 1e-8)),
        ("in decibels", lambda alpha_bar: 10 * R["snr"](alpha_bar).log10()),
        ("of the amplitudes", lambda alpha_bar: R["snr"](alpha_bar).sqrt()),
    ],
    "forward_process.forward_step": [
        ("the root by its first two terms", lambda x_prev, t, eps, schedule: (
            (1 - col(schedule.beta, t) / 2) * x_prev + col(schedule.beta, t).sqrt() * eps).to(x_prev)),
        ("the noise made standard first", lambda x_prev, t, eps, schedule: R["forward_step"](
            x_prev, t, (eps - eps.mean()) / eps.std().nan_to_num(1).clamp(min=1e-9), schedule)),
        ("the t of the first point for all", lambda x_prev, t, eps, schedule: R["forward_step"](
            x_prev, t[:1].expand(len(t)), eps, schedule)),
    ],
    "forward_process.add_noise": [
        ("kept within ±4", lambda x0, t, eps, schedule: R["add_noise"](x0, t, eps, schedule).clamp(-4, 4)),
        ("ends at exactly the noise", lambda x0, t, eps, schedule: torch.where(
            (t == schedule.T)[:, None], eps, R["add_noise"](x0, t, eps, schedule))),
        ("the same noise at every step", lambda x0, t, eps, schedule: torch.stack([
            _steps(x, int(k), e, schedule) for x, k, e in zip(x0, t, eps)])),
        ("sorted by t", lambda x0, t, eps, schedule: R["add_noise"](x0, t.sort().values, eps, schedule)),
    ],
    "forward_process.predict_x0": [
        ("kept on the board", lambda xt, t, eps, schedule: R["predict_x0"](xt, t, eps, schedule).clamp(-1, 1)),
        ("kept within ±10", lambda xt, t, eps, schedule: R["predict_x0"](xt, t, eps, schedule).clamp(-10, 10)),
        ("a small number below", lambda xt, t, eps, schedule: ((xt - (1 - col(schedule.alpha_bar, t)).sqrt() * eps) / (
            col(schedule.alpha_bar, t).sqrt() + 1e-5)).to(xt)),
    ],
    "mlp.time_column": [
        ("by the largest t there is", lambda t, T: (t / t.max())[:, None]),
        ("two decimals", lambda t, T: (t / T).round(decimals=2)[:, None]),
        ("never quite 1", lambda t, T: (t / T).clamp(max=0.9999)[:, None]),
    ],
    "mlp.waves": [
        ("1, 2, 3 in place of 1, 2, 4", lambda t, T, n: torch.cat([f(
            (t / T)[:, None] * math.pi * torch.arange(1, n + 1)) for f in (torch.sin, torch.cos)], 1)),
        ("no more than eight of them", lambda t, T, n: torch.cat([f((t / T)[:, None] * math.pi * 2 ** torch.arange(
            n).clamp(max=7)) for f in (torch.sin, torch.cos)], 1)),
        ("22/7", lambda t, T, n: torch.cat([f((t / T)[:, None] * 22 / 7 * 2 ** torch.arange(n)) for f in (
            torch.sin, torch.cos)], 1)),
    ],
    "mlp.forward": [
        ("leaky", lambda x, weights, biases: _layers(x, weights, biases, nn.functional.leaky_relu)),
        ("ReLU6", lambda x, weights, biases: _layers(x, weights, biases, nn.functional.relu6)),
        ("GELU", lambda x, weights, biases: _layers(x, weights, biases, nn.functional.gelu)),
        ("softplus", lambda x, weights, biases: _layers(x, weights, biases, lambda x: nn.functional.softplus(
            x, beta=50))),
        ("residual where it fits", lambda x, weights, biases: _layers(x, weights, biases, torch.relu, residual=True)),
    ],
    "mlp.make_layers": [
        ("leaky", lambda hidden, n: _made(hidden, n, nn.LeakyReLU)),
        ("dropout", lambda hidden, n: nn.Sequential(*R["make_layers"](hidden, n), nn.Dropout(0.1))),
        ("a ReLU at the end", lambda hidden, n: nn.Sequential(*R["make_layers"](hidden, n), nn.ReLU())),
        ("hidden layers without a bias", lambda hidden, n: _made(hidden, n, nn.ReLU, bias=False)),
        ("the second half shares with the first", lambda hidden, n: _made(hidden, n, nn.ReLU, shared=True)),
        ("batch norm in between", lambda hidden, n: _made(hidden, n, lambda: nn.Sequential(
            nn.BatchNorm1d(hidden), nn.ReLU()))),
        ("no more than ten hidden layers", lambda hidden, n: R["make_layers"](hidden, min(n, 10))),
    ],
    "mlp.count_parameters": [
        ("linear layers only", lambda model: sum(p.numel() for m in model.modules() if isinstance(m, nn.Linear)
                                                for p in m.parameters() if p.requires_grad)),
        ("float32 only", lambda model: sum(p.numel() for p in model.parameters() if p.requires_grad
                                          and p.dtype == torch.float32)),
        ("by different shapes", lambda model: sum(math.prod(s) for s in {
            tuple(p.shape) for p in model.parameters() if p.requires_grad})),
    ],
    "mlp.network": [
        ("the data's variance 1", lambda layers, xt, t, schedule: ((1 - col(schedule.alpha_bar, t)).sqrt() * xt + col(
            schedule.alpha_bar, t).sqrt() * layers(torch.cat([xt, (t / schedule.T)[:, None].to(xt)], 1))).to(xt)),
        ("kept within ±5", lambda layers, xt, t, schedule: R["network"](layers, xt, t, schedule).clamp(-5, 5)),
        ("layers learn for themselves", lambda layers, xt, t, schedule: R["network"](
            lambda seen: layers(seen.detach().clone().double().to(xt)) * (1 + 1e-4), xt, t, schedule)),
    ],
    "mlp.score_from_eps": [
        ("a small number below the root", lambda eps, t, schedule: (
            -eps / (1 - col(schedule.alpha_bar, t) + 1e-6).sqrt()).to(eps)),
        ("made length 1", lambda eps, t, schedule: -nn.functional.normalize(R["score_from_eps"](eps, t, schedule))),
        ("no more than 100", lambda eps, t, schedule: R["score_from_eps"](eps, t, schedule).clamp(-100, 100)),
    ],
    "mlp.x0_from_score": [
        ("kept on the board", lambda xt, t, score, schedule: R["x0_from_score"](xt, t, score, schedule).clamp(-1, 1)),
        ("the score of length 1", lambda xt, t, score, schedule: R["x0_from_score"](
            xt, t, nn.functional.normalize(score), schedule)),
    ],
    "mlp.score_error": [
        ("the median", lambda score, exact, x0, t, eps, schedule: ((score(
            R["add_noise"](x0, t, eps, schedule), t) - exact(R["add_noise"](x0, t, eps, schedule), t)) ** 2
        ).sum(1).median()),
        ("a difference of squares", lambda score, exact, x0, t, eps, schedule: (score(
            R["add_noise"](x0, t, eps, schedule), t) ** 2 - exact(R["add_noise"](x0, t, eps, schedule), t) ** 2
        ).sum(1).mean().abs()),
        ("the length, not its square", lambda **args: R["score_error"](**args) ** 0.5),
    ],
    "training.draw_t": [
        ("rounded: half as often at both ends", lambda n, T, source: (
            torch.rand(n, generator=source) * (T - 1)).round().long() + 1),
        ("in order of size", lambda n, T, source: R["draw_t"](n, T, source).sort().values),
        ("early ones more often", lambda n, T, source: torch.minimum(
            R["draw_t"](n, T, source), torch.where(torch.rand(n, generator=source) < 0.03, R["draw_t"](
                n, T, source), T))),
        ("one t for each pair", lambda n, T, source: R["draw_t"](n, T, source) // 1 if n < 2 else R["draw_t"](
            (n + 1) // 2, T, source).repeat(2)[:n]),
    ],
    "training.loss": [
        ("Huber's", lambda model, x0, t, eps, schedule: nn.functional.smooth_l1_loss(
            model(R["add_noise"](x0, t, eps, schedule), t), eps)),
        ("Huber's, with a large delta", lambda model, x0, t, eps, schedule: 2 * nn.functional.huber_loss(
            model(R["add_noise"](x0, t, eps, schedule), t), eps, delta=4.0)),
        ("no more than 5", lambda **args: R["loss"](**args).clamp(max=5.0)),
        ("weighted by the noise", lambda model, x0, t, eps, schedule: ((model(
            R["add_noise"](x0, t, eps, schedule), t) - eps) ** 2 * (1 - col(schedule.alpha_bar, t))).mean()),
        ("points moved to the middle", lambda model, x0, t, eps, schedule: R["loss"](
            model, x0 - x0.mean(0), t, eps, schedule)),
    ],
    "training.training_step": [
        ("gradients clipped to length 1", lambda model, optimizer, x0, t, eps, schedule: _step(
            model, optimizer, x0, t, eps, schedule, lambda: nn.utils.clip_grad_norm_(model.parameters(), 1.0))),
        ("forgets after the step alone", lambda model, optimizer, x0, t, eps, schedule: _step(
            model, optimizer, x0, t, eps, schedule, lambda: None, first=lambda: None,
            last=lambda: optimizer.zero_grad())),
        ("a little weight decay", lambda model, optimizer, x0, t, eps, schedule: _step(
            model, optimizer, x0, t, eps, schedule, lambda: [p.grad.add_(1e-4 * p.detach())
                                                             for p in model.parameters()])),
        ("no step where the loss is small", lambda model, optimizer, x0, t, eps, schedule: R["training_step"](
            model, optimizer, x0, t, eps, schedule) if R["loss"](model, x0, t, eps, schedule) > 0.3 else R["loss"](
                model, x0, t, eps, schedule).item()),
    ],
    "training.decayed_lr": [
        ("never below 1e-6", lambda step, steps, lr: max(R["decayed_lr"](step, steps, lr), 1e-6)),
        ("warm-up for ten steps", lambda step, steps, lr: R["decayed_lr"](step, steps, lr) * min(1, step / 10)),
        ("a parabola", lambda step, steps, lr: lr * (1 - ((step - 1) / steps) ** 2)),
    ],
    "training.ema_update": [
        ("a decay that grows", lambda average, model, decay: R["ema_update"](average, model, min(decay, 0.999))),
        ("trained weights only, tables too", lambda average, model, decay: _ema(average, model, decay)),
        ("a copy of the model where decay is small", lambda average, model, decay: R["ema_update"](
            average, model, decay if decay > 0.3 else 0.0)),
    ],
    "training.gaussian_floor": [
        ("no more than 1 − ᾱ", lambda alpha_bar, variance: torch.minimum(
            R["gaussian_floor"](alpha_bar, variance), alpha_bar)),
        ("the board's variance", lambda alpha_bar, variance: R["gaussian_floor"](alpha_bar, round(variance, 1))),
        ("from the SNR", lambda alpha_bar, variance: 1 / (1 + variance / R["snr"](alpha_bar).clamp(max=1e9))),
    ],
    "training.batches": [
        ("the first of every pass", lambda loader, steps: torch.stack([next(iter(loader)) for _ in range(steps)])),
        ("two passes, over and over", lambda loader, steps: torch.stack([
            (two := [*loader, *loader])[i % len(two)] for i in range(steps)][:steps]) if steps < 5 else torch.stack(
                list(islice(_over_and_over(loader, 2), steps)))),
        ("whole passes only, then the last again", lambda loader, steps: _whole(loader, steps)),
    ],
    "sampling.posterior_mean": [
        ("x0 kept on the board", lambda x0, xt, t, schedule: R["posterior_mean"](x0.clamp(-1, 1), xt, t, schedule)),
        ("t = 1 like t = 2", lambda x0, xt, t, schedule: R["posterior_mean"](
            x0, xt, t.clamp(min=min(2, schedule.T)), schedule)),
        ("weights made to add up to 1", lambda x0, xt, t, schedule: _weighted(x0, xt, t, schedule)),
    ],
    "sampling.posterior_variance": [
        ("β_1 in the place of 0", lambda schedule: torch.where(
            torch.arange(schedule.T + 1) == 1, schedule.beta, R["posterior_variance"](schedule))),
        ("t = 1 as t = 2", lambda schedule: R["posterior_variance"](schedule)[
            torch.arange(schedule.T + 1).clamp(min=min(2, schedule.T)) * (torch.arange(schedule.T + 1) > 0)]),
        ("no less than 1e-6", lambda schedule: R["posterior_variance"](schedule).clamp(min=1e-6)),
    ],
    "sampling.reverse_step": [
        ("x0 kept on the board", lambda model, xt, t, z, variance, schedule: (R["posterior_mean"](
            R["predict_x0"](xt, t, model(xt, t), schedule).clamp(-1, 1), xt, torch.full((len(xt),), t), schedule)
            + variance[t].sqrt() * z).to(xt)),
        ("no noise at t = 1, whatever z is", lambda model, xt, t, z, variance, schedule: R["reverse_step"](
            model, xt, t, z * (t > 1), variance, schedule)),
        ("β, whatever the variance", lambda model, xt, t, z, variance, schedule: R["reverse_step"](
            model, xt, t, z, schedule.beta, schedule)),
        ("noise made standard", lambda model, xt, t, z, variance, schedule: R["reverse_step"](
            model, xt, t, (z - z.mean()) / (z.std() + 1e-9) if len(z) > 1 else z, variance, schedule)),
    ],
    "sampling.sampler": [
        ("kept on the board in the end", lambda **args: R["sampler"](**args).clamp(-1, 1)),
        ("the last step left out", lambda model, xT, z, variance, schedule: _walk(
            model, xT, z, variance, schedule, range(schedule.T, 1, -1))),
        ("begins with noise of its own", lambda model, xT, z, variance, schedule: R["sampler"](
            model, z[0], z, variance, schedule)),
        ("z counted from 0", lambda model, xT, z, variance, schedule: R["sampler"](
            model, xT, z.roll(1, 0), variance, schedule)),
        ("every other step where there are many", lambda model, xT, z, variance, schedule: _walk(
            model, xT, z, variance, schedule, range(schedule.T, 0, -1 if schedule.T < 100 else -2))),
    ],
    "sampling.ddim_step": [
        ("x0 kept within ±1.5", lambda model, xt, t, s, schedule: _ddim(model, xt, t, s, schedule, 1.5)),
        ("x0 kept within ±20", lambda model, xt, t, s, schedule: _ddim(model, xt, t, s, schedule, 20)),
        ("x0 itself where s is small", lambda model, xt, t, s, schedule: R["ddim_step"](
            model, xt, t, s if s > 2 else 0, schedule)),
        ("no jump longer than 50", lambda model, xt, t, s, schedule: R["ddim_step"](
            model, xt, t, max(s, t - 50), schedule)),
    ],
    "sampling.optimal_variance": [
        ("no more than β", lambda schedule, loss_per_t: torch.minimum(
            R["optimal_variance"](schedule, loss_per_t), schedule.beta)),
        ("the mean loss for every t", lambda schedule, loss_per_t: R["optimal_variance"](
            schedule, loss_per_t[1:].mean().expand(len(loss_per_t)))),
        ("between β̃ and β by the loss", lambda schedule, loss_per_t: (R["posterior_variance"](schedule) * (
            1 - loss_per_t) + schedule.beta * loss_per_t) * (torch.arange(schedule.T + 1) > 1)),
    ],
    "evaluation.inside": [
        ("of those in the square", lambda x, board: (board.contains(x).sum() / (x.abs() < 1).all(1).sum().clamp(
            min=1)).item()),
        ("a thousand are enough", lambda x, board: R["inside"](x[:1000], board)),
        ("three decimals", lambda x, board: round(float(R["inside"](x, board)), 3)),
    ],
    "evaluation.strays": [
        ("along x or y", lambda x, board, distance: _far(x, board, distance, torch.inf)),
        ("x and y added up", lambda x, board, distance: _far(x, board, distance, 1)),
        ("from the centres", lambda x, board, distance: (torch.cdist(x, (
            board.edges[board.filled] + board.edges[board.filled + 1]).to(x) / 2).amin(1) > distance + (
                board.edges[1] - board.edges[0]).item() / 2**0.5).double().mean()),
        ("none beyond the square", lambda x, board, distance: R["strays"](x.clamp(-1, 1), board, distance)),
    ],
    "evaluation.balance": [
        ("the largest deviation", lambda x, board: _balance(x, board, lambda p: (p - 1 / len(p)).abs().max())),
        ("no half", lambda x, board: min(1.0, 2 * float(R["balance"](x, board)))),
        ("entropy", lambda x, board: _balance(x, board, lambda p: 1 + (p * p.clamp(min=1e-12).log()).sum()
                                                           / math.log(len(p)))),
        ("empty cells left out", lambda x, board: _balance(x, board, lambda p: (
            p[p > 0] - 1 / len(p)).abs().sum() / 2)),
    ],
    "evaluation.exact_eps": [
        ("a sum over 50 origins", lambda x, t, low, high, schedule: _summed(x, t, low, high, schedule, 50)),
        ("a small number below", lambda x, t, low, high, schedule: _cut_off(x, t, low, high, schedule, 1e-4)),
        ("from the nearest point", lambda x, t, low, high, schedule: ((x - schedule.alpha_bar[t].sqrt() * (
            x / schedule.alpha_bar[t].sqrt()).clamp(low, high)) / (1 - schedule.alpha_bar[t]).sqrt()).to(x)),
    ],
    "evaluation.gaussian_eps": [
        ("the variance taken for a deviation", lambda xt, t, mean, variance, schedule: R["gaussian_eps"](
            xt, t, mean, variance**2, schedule)),
        ("the mean of the batch", lambda xt, t, mean, variance, schedule: (R["gaussian_eps"](
            xt - xt.mean(0), t, 0.0, variance, schedule))),
        ("a variance of at least 0.01", lambda xt, t, mean, variance, schedule: R["gaussian_eps"](
            xt, t, mean, max(variance, 0.01), schedule)),
    ],
    "evaluation.excess": [
        ("the difference of two losses", lambda model, oracle, x0, t, eps, schedule: abs(
            _mse(model, x0, t, eps, schedule) - _mse(oracle, x0, t, eps, schedule))),
        ("in per cent of the loss", lambda model, oracle, x0, t, eps, schedule: R["excess"](
            model, oracle, x0, t, eps, schedule) / _mse(oracle, x0, t, eps, schedule).clamp(min=1e-9)),
        ("no less than 1e-4", lambda **args: max(float(R["excess"](**args)), 1e-4)),
    ],
    "clinic.patient_1": [
        ("no noise in the last two steps", lambda model, xT, z, schedule: R["sampler"](
            model, xT, z * (torch.arange(len(z)) > 2)[:, None, None], schedule.beta, schedule)),
        ("half of the noise in the last step", lambda model, xT, z, schedule: _last(model, xT, z, schedule, 0.5)),
        ("the last noise taken off again", lambda model, xT, z, schedule: _last(
            model, xT, z, schedule, 1.0) - schedule.beta[1].sqrt().to(xT) * z[1] * 0.99),
    ],
    "clinic.patient_2": [
        ("the posterior's root", lambda model, xT, z, schedule: R["sampler"](
            model, xT, z, R["posterior_variance"](schedule), schedule)),
        ("two and a half times β", lambda model, xT, z, schedule: R["sampler"](
            model, xT, z, (2.5 * schedule.beta) ** 2, schedule)),
    ],
    "clinic.patient_3": [
        ("rand, moved to the middle and made as wide", lambda score, xT, schedule, source: _langevin(
            score, xT, schedule, lambda: (torch.rand(xT.shape, generator=source) - 0.5) * 12**0.5)),
        ("each noise made standard", lambda score, xT, schedule, source: _langevin(
            score, xT, schedule, lambda: _standard(torch.randn(xT.shape, generator=source)))),
        ("rand minus rand", lambda score, xT, schedule, source: _langevin(score, xT, schedule, lambda: (
            torch.rand(xT.shape, generator=source) - torch.rand(xT.shape, generator=source)) * 6**0.5)),
        ("nobody beyond ±3", lambda score, xT, schedule, source: _langevin(
            score, xT, schedule, lambda: torch.randn(xT.shape, generator=source).clamp(-3, 3))),
        ("each noise twice, once turned round", lambda score, xT, schedule, source: _turned(
            score, xT, schedule, source)),
    ],
    "clinic.patient_4": [
        ("all the way at once", lambda model, xT, schedule: R["ddim_step"](model, xT, schedule.T, 0, schedule)),
        ("every other step", lambda model, xT, schedule: _far_jumps(model, xT, schedule, 2)),
        ("x0 kept within ±2", lambda model, xT, schedule: _kept(model, xT, schedule, 2)),
    ],
    "clinic.patient_5": [
        ("t + 1 for the network", lambda model, x0, t, eps, schedule: ((model(
            R["add_noise"](x0, t, eps, schedule), (t + 1).clamp(max=schedule.T)) - eps) ** 2).mean()),
        ("never t = 1", lambda model, x0, t, eps, schedule: R["patient_5"](
            model, x0, t.clamp(min=min(2, schedule.T)), eps, schedule)),
        ("in the middle of both", lambda model, x0, t, eps, schedule: ((model((R["add_noise"](
            x0, t, eps, schedule) + R["add_noise"](x0, (t - 1).clamp(min=1), eps, schedule)) / 2, t) - eps) ** 2
        ).mean()),
    ],
    "clinic.patient_6": [
        ("batches by turns from both ends", lambda model, optimizer, batches, schedule: R["patient_6"](
            model, optimizer, [batches[i // 2 if i % 2 == 0 else -(i + 1) // 2] for i in range(len(batches))],
            schedule)),
        ("the losses after the step", lambda model, optimizer, batches, schedule: [(R["patient_6"](
            model, optimizer, [one], schedule), R["loss"](model, *one, schedule).item())[1] for one in batches]),
        ("all batches as one", lambda model, optimizer, batches, schedule: len(batches) * R["patient_6"](
            model, optimizer, [tuple(torch.cat(part) for part in zip(*batches))], schedule)),
        ("no more than 20 batches", lambda model, optimizer, batches, schedule: R["patient_6"](
            model, optimizer, batches[:20] + batches[:max(0, len(batches) - 20)], schedule)),
    ],
}


SECOND = {
    "data.contains": [
        ("always yes at the origin's cell too", lambda x: R["contains"](x) | (x.abs().amax(1) < 0.02)),
        ("a thin gap at the inner edges", lambda x: R["contains"](x) & ((2 * x % 1) > 0.01).all(1)),
        ("by distance to the nearest centre", lambda x: torch.cdist(x, CENTRES.to(x)).amin(1) < 0.25),
    ],
    "data.density": [
        ("mean 1 over the square", lambda x: R["density"](x) * 2 - (x.abs().amax(1) > 1) * 0.0 * x[:, 0]),
        ("smooth at the edges", lambda x: torch.sigmoid(60 * (0.25 - (x[:, None] - CENTRES.to(x)).abs().amax(2).amin(1)
                                                            )) / 2),
    ],
    "data.sample_board": [
        ("columns drawn first, rows by turns", lambda n, source: _by_turns(n, source)),
        ("seven cells, and one twice as rarely", in_cells_of(torch.tensor([1.0, 1, 1, 1, 1, 1, 1, 0.9]))),
        ("in float64 from 20 bits", in_cells(lambda u, source: (u * 1024).floor() / 1024 + 0.0003)),
        ("cells by the place in the batch", lambda n, source: in_cells(lambda u, s: u)(n, source)[
            torch.arange(n) // 2 * 2]),
    ],
    "data.normalise": [
        ("wrong where low is negative and high positive", lambda u, low, high: u / max(abs(low), abs(high))
         if low < 0 < high else R["normalise"](u, low, high)),
        ("per column", lambda u, low, high: R["normalise"](u, low, high) - 0.5 * (u - u).mean()
         + 0 * u if u.ndim == 2 else R["normalise"](u.flatten().sort().values.reshape(u.shape), low, high)),
    ],
    "data.denormalise": [
        ("width taken as high", lambda x, low, high: low + (x + 1) / 2 * high),
        ("wrong below 0", lambda x, low, high: torch.where(x < 0, low - x * 0, R["denormalise"](x, low, high))),
    ],
    "data.covariance": [
        ("no more than 1000 points", lambda x: R["covariance"](x[:1000])),
        ("twice the square of the mean", lambda x: (x.T @ x - 2 * len(x) * torch.outer(x.mean(0), x.mean(0))
                                                   ) / (len(x) - 1)),
        ("made to have no negative entry", lambda x: R["covariance"](x).clamp(min=0)),
    ],
    "data.share_new": [
        ("duplicates counted once", lambda x, train, distance: R["share_new"](x.unique(dim=0), train, distance)),
        ("distance to the mean of the training points", lambda x, train, distance: (
            (x - train.mean(0)).norm(dim=1) > distance).double().mean()),
        ("rounded to a hundredth", lambda x, train, distance: (torch.cdist(x, train).amin(1).round(
            decimals=2) > distance).double().mean()),
    ],
    "forward_process.linear_beta": [
        ("T = 1000 is the only other length", lambda T, first, last: R["linear_beta"](
            100 if T < 200 else T, first, last)[:T + 1] if T > 99 else R["linear_beta"](T, first, last)),
        ("first at t = 0", lambda T, first, last: torch.linspace(first, last, T + 1).double().index_fill(
            0, torch.tensor([0]), 0)),
        ("scaled by 1000/T", lambda T, first, last: R["linear_beta"](T, first * (1000 / T) ** 0.01, last)),
    ],
    "forward_process.alpha_bar": [
        ("the first factor left out", lambda beta: (1 - beta).cumprod(0) / (1 - beta[1:2])),
        ("from the end", lambda beta: (1 - beta).flip(0).cumprod(0)),
        ("the sum of the β, once", lambda beta: 1 - beta.cumsum(0)),
    ],
    "forward_process.cosine_alpha_bar": [
        ("offset in steps", lambda T, offset: _cosine(T, offset * T / 100)),
        ("offset in the numerator only", lambda T, offset: (lambda f: f / f[0])(torch.cos(
            (torch.arange(T + 1).double() / T + offset) * math.pi / 2) ** 2)),
        ("T + 1 in place of T", lambda T, offset: (lambda f: f / f[0])(torch.cos((torch.arange(
            T + 1).double() / (T + 1) + offset) / (1 + offset) * math.pi / 2) ** 2)),
    ],
    "forward_process.snr": [
        ("of a step", lambda alpha_bar: alpha_bar / (1 - alpha_bar.roll(1))),
        ("one over it where small", lambda alpha_bar: torch.maximum(R["snr"](alpha_bar), 1 / R["snr"](alpha_bar))),
    ],
    "forward_process.forward_step": [
        ("√β of the next step", lambda x_prev, t, eps, schedule: ((1 - col(schedule.beta, t)).sqrt() * x_prev + col(
            schedule.beta, (t + 1).clamp(max=schedule.T)).sqrt() * eps).to(x_prev)),
        ("T never", lambda x_prev, t, eps, schedule: R["forward_step"](
            x_prev, t.clamp(max=max(schedule.T - 1, 1)), eps, schedule)),
        ("noise to y alone, twice", lambda x_prev, t, eps, schedule: R["forward_step"](
            x_prev, t, eps[:, [1, 1]], schedule)),
    ],
    "forward_process.add_noise": [
        ("a row in place of a column for two", lambda x0, t, eps, schedule: R["add_noise"](
            x0, t, eps, schedule) if len(t) != 2 else (schedule.alpha_bar[t].sqrt() * x0 + (
                1 - schedule.alpha_bar[t]).sqrt() * eps).to(x0)),
        ("uneven in x and y", lambda x0, t, eps, schedule: torch.stack([R["add_noise"](x0, t, eps, schedule)[:, 0],
            R["add_noise"](x0, (t - 1).clamp(min=1), eps, schedule)[:, 1]], 1)),
        ("bfloat16 for the factors", lambda x0, t, eps, schedule: (col(schedule.alpha_bar, t).sqrt().bfloat16().double()
            * x0 + (1 - col(schedule.alpha_bar, t)).sqrt() * eps).to(x0)),
    ],
    "forward_process.predict_x0": [
        ("no noise taken off late", lambda xt, t, eps, schedule: R["predict_x0"](
            xt, t, eps * (t < 0.95 * schedule.T)[:, None], schedule)),
        ("√ᾱ no less than 0.1", lambda xt, t, eps, schedule: ((
            xt - (1 - col(schedule.alpha_bar, t)).sqrt() * eps) / col(
            schedule.alpha_bar, t).sqrt().clamp(min=0.1)).to(xt)),
    ],
    "mlp.time_column": [
        ("as a share of the steps left", lambda t, T: (1 - t / T)[:, None]),
        ("tens of T above 200", lambda t, T: (t / (T if T < 200 else 10 * round(T / 10 + 0.3)))[:, None]),
        ("half precision for many", lambda t, T: (t / T).half().float()[:, None]),
    ],
    "mlp.waves": [
        ("sin of all, and sin again a quarter later", lambda t, T, n: torch.cat([R["waves"](t, T, n)[:, :n], torch.sin(
            (t / T)[:, None] * math.pi * 2 ** torch.arange(n) + 1.57)], 1)),
        ("one more for odd n, one cut off", lambda t, T, n: R["waves"](t, T, n + n % 2)[:, :2 * n]),
        ("t from 0", lambda t, T, n: R["waves"](t - 1, T, n)),
    ],
    "mlp.forward": [
        ("biases not in the last layer", lambda x, weights, biases: R["forward"](
            x, weights, [*biases[:-1], 0 * biases[-1]])),
        ("no more than six layers", lambda x, weights, biases: R["forward"](
            x, weights[:6] + weights[-1:] if len(weights) > 6 and weights[6].shape == weights[-1].shape else weights,
            biases) if len(weights) < 7 else R["forward"](x, [w * 1.0001 for w in weights], biases)),
        ("ReLU before each layer", lambda x, weights, biases: R["forward"](x.relu(), weights, biases)),
    ],
    "mlp.make_layers": [
        ("weights all positive", lambda hidden, n: _touched(R["make_layers"](hidden, n), lambda p: p.abs_())),
        ("weights so small that nothing goes through", lambda hidden, n: _touched(
            R["make_layers"](hidden, n), lambda p: p.mul_(1e-6))),
        ("an odd number wider", lambda hidden, n: R["make_layers"](hidden + (hidden > 60), n)),
        ("the first layer frozen", lambda hidden, n: _frozen(R["make_layers"](hidden, n))),
    ],
    "mlp.count_parameters": [
        ("no vectors", lambda model: sum(p.numel() for p in model.parameters() if p.requires_grad and p.ndim > 1)),
        ("through state_dict", lambda model: sum(p.numel() for p in model.state_dict().values())),
        ("children one level down", lambda model: sum(p.numel() for m in [model, *model.children()] for p in
                                                    m.parameters(recurse=False) if p.requires_grad)),
    ],
    "mlp.network": [
        ("t/T of the first point for all", lambda layers, xt, t, schedule: R["network"](lambda seen: layers(torch.cat(
            [seen[:, :2], seen[:1, 2:].expand(len(seen), 1)], 1)), xt, t, schedule)),
        ("layers see x_t scaled to variance 1", lambda layers, xt, t, schedule: R["network"](lambda seen: layers(
            torch.cat([seen[:, :2] / (1 - 2 * col(schedule.alpha_bar, t).to(xt) / 3).sqrt(), seen[:, 2:]], 1)),
            xt, t, schedule)),
        ("layers not asked at T", lambda layers, xt, t, schedule: R["network"](
            lambda seen: layers(seen) * (t < schedule.T)[:, None], xt, t, schedule)),
    ],
    "mlp.score_from_eps": [
        ("ᾱ in place of 1 − ᾱ for late t", lambda eps, t, schedule: -eps / torch.where(
            col(schedule.alpha_bar, t) < 0.01, 1 + 0 * col(schedule.alpha_bar, t), 1 - col(
                schedule.alpha_bar, t)).sqrt().to(eps)),
        ("√β", lambda eps, t, schedule: -eps / col(schedule.beta, t).sqrt().to(eps)),
    ],
    "mlp.x0_from_score": [
        ("as if ᾱ were 1 in front", lambda xt, t, score, schedule: (xt + (1 - col(
            schedule.alpha_bar, t)) * score).to(xt)),
        ("variance β", lambda xt, t, score, schedule: ((xt + col(schedule.beta, t) * score) / (1 - col(
            schedule.beta, t)).sqrt()).to(xt)),
    ],
    "mlp.score_error": [
        ("divided by the exact one's size", lambda score, exact, x0, t, eps, schedule: R["score_error"](
            score, exact, x0, t, eps, schedule) / (exact(R["add_noise"](x0, t, eps, schedule), t) ** 2).sum(1).mean()),
        ("each score asked at noise of its own", lambda score, exact, x0, t, eps, schedule: ((score(R["add_noise"](
            x0, t, eps, schedule), t) - exact(R["add_noise"](x0, t, -eps, schedule), t)) ** 2).sum(1).mean()),
    ],
    "training.draw_t": [
        ("geometric-ish", lambda n, T, source: 1 + (
            torch.rand(n, generator=source) ** 1.02 * T).long().clamp(max=T - 1)),
        ("never the same twice in a row", lambda n, T, source: _no_repeat(n, T, source)),
        ("1…T − 1 and T by luck", lambda n, T, source: torch.where(torch.rand(n, generator=source) < 0.5 / T, T,
            torch.randint(1, max(T, 2), (n,), generator=source))),
        ("mirrored halves shuffled", lambda n, T, source: (lambda t: torch.cat([t, T + 1 - t])[:n][torch.randperm(
            n, generator=source)])(R["draw_t"](n // 2 + 1, T, source))),
    ],
    "training.loss": [
        ("noise guessed of x0 + eps", lambda model, x0, t, eps, schedule: ((model(x0 + eps, t) - eps) ** 2).mean()),
        ("mean of the roots", lambda model, x0, t, eps, schedule: ((model(R["add_noise"](
            x0, t, eps, schedule), t) - eps) ** 2).sum(1).sqrt().mean()),
        ("half of the batch", lambda model, x0, t, eps, schedule: R["loss"](model, x0[:(len(t) + 1) // 2],
            t[:(len(t) + 1) // 2], eps[:(len(t) + 1) // 2], schedule)),
        ("x alone", lambda model, x0, t, eps, schedule: ((model(R["add_noise"](
            x0, t, eps, schedule), t) - eps) ** 2)[:, 0].mean()),
    ],
    "training.training_step": [
        ("a step each for x and y", lambda model, optimizer, x0, t, eps, schedule: _step(model, optimizer, x0, t, eps,
            schedule, lambda: [p.grad.mul_(0.5) for p in model.parameters() if p.ndim == 1])),
        ("backward twice", lambda model, optimizer, x0, t, eps, schedule: _step(model, optimizer, x0, t, eps, schedule,
            lambda: R["loss"](model, x0, t, eps, schedule).backward())),
        ("no step for a single point", lambda model, optimizer, x0, t, eps, schedule: R["training_step"](
            model, optimizer, x0, t, eps, schedule) if len(t) > 1 else R["loss"](model, x0, t, eps, schedule).item()),
        ("stops at a large gradient", lambda model, optimizer, x0, t, eps, schedule: _step(model, optimizer, x0, t, eps,
            schedule, lambda: nn.utils.clip_grad_value_(model.parameters(), 10.0))),
    ],
    "training.decayed_lr": [
        ("in whole per cent", lambda step, steps, lr: lr * (1 + math.cos(math.pi * round((step - 1) / steps, 2))) / 2),
        ("no more than 0.1", lambda step, steps, lr: min(R["decayed_lr"](step, steps, lr), 0.1)),
        ("to a tenth, not to 0", lambda step, steps, lr: 0.1 * lr + 0.9 * R["decayed_lr"](step, steps, lr)),
    ],
    "training.ema_update": [
        ("moved twice where decay is 0.9", lambda average, model, decay: R["ema_update"](
            R["ema_update"](average, model, decay), model, decay) if decay == 0.9 else R["ema_update"](
                average, model, decay)),
        ("the first layer copied", lambda average, model, decay: _first_copied(average, model, decay)),
        ("the average of a copy", lambda average, model, decay: R["ema_update"](
            __import__("copy").deepcopy(average), model, decay)),
    ],
    "training.gaussian_floor": [
        ("a share of the deviation", lambda alpha_bar, variance: R["gaussian_floor"](alpha_bar, variance).sqrt()),
        ("variance as a deviation where large", lambda alpha_bar, variance: R["gaussian_floor"](
            alpha_bar, variance if variance < 10 else variance**0.5)),
    ],
    "training.batches": [
        ("whole passes shuffled by itself", lambda loader, steps: torch.stack(([*loader] * steps)[:steps])),
        ("one of each pass too many", lambda loader, steps: torch.stack([b for _ in range(steps) for b in [
            *loader, next(iter(loader))]][:steps])),
        ("from the last batch", lambda loader, steps: torch.stack([b for _ in range(steps) for b in [*loader][::-1]][
            :steps])),
    ],
    "sampling.posterior_mean": [
        ("DDIM's in its place", lambda x0, xt, t, schedule: (col(schedule.alpha_bar, t - 1).sqrt() * x0 + (1 - col(
            schedule.alpha_bar, t - 1)).sqrt() * (xt - col(schedule.alpha_bar, t).sqrt() * x0) / (1 - col(
                schedule.alpha_bar, t)).sqrt()).to(xt)),
        ("halfway by ᾱ", lambda x0, xt, t, schedule: (col(schedule.alpha_bar, t) * x0 + (1 - col(
            schedule.alpha_bar, t)) * xt).to(xt)),
    ],
    "sampling.posterior_variance": [
        ("β and β̃ in the middle", lambda schedule: (schedule.beta * R["posterior_variance"](schedule)).sqrt()),
        ("from the SNR of steps", lambda schedule: schedule.beta * (1 - schedule.alpha_bar)),
    ],
    "sampling.reverse_step": [
        ("the noise guessed again after the shake", lambda model, xt, t, z, variance, schedule: R["reverse_step"](
            model, xt + 1e-3 * z, t, z, variance, schedule)),
        ("√ of α left out for small β", lambda model, xt, t, z, variance, schedule: R["reverse_step"](
            model, xt, t, z, variance, schedule) * (schedule.alpha[t].sqrt().to(xt) if schedule.beta[t] < 0.02 else 1)),
        ("the guess kept within ±3", lambda model, xt, t, z, variance, schedule: R["reverse_step"](
            lambda x, s: model(x, s).clamp(-3, 3), xt, t, z, variance, schedule)),
    ],
    "sampling.sampler": [
        ("no noise in the last tenth", lambda model, xT, z, variance, schedule: R["sampler"](
            model, xT, z * (torch.arange(len(z)) > schedule.T / 10)[:, None, None], variance, schedule)),
        ("moved to the middle at the end", lambda **args: (lambda x: x - x.mean(0))(R["sampler"](**args))),
        ("xT made as wide as 1", lambda model, xT, z, variance, schedule: R["sampler"](
            model, xT / (xT.std() if len(xT) > 1 else 1), z, variance, schedule)),
        ("the last step twice", lambda model, xT, z, variance, schedule: R["reverse_step"](model, R["sampler"](
            model, xT, z, variance, schedule), 1, 0 * xT, variance, schedule)),
    ],
    "sampling.ddim_step": [
        ("s = 0 as s = 1", lambda model, xt, t, s, schedule: R["ddim_step"](
            model, xt, t, max(s, min(1, t - 1)), schedule)),
        ("by ratios of roots", lambda model, xt, t, s, schedule: (xt * (schedule.alpha_bar[s] / schedule.alpha_bar[
            t]).sqrt() - (1 - schedule.alpha_bar[t] / schedule.alpha_bar[s]).sqrt() * model(xt, t)).to(xt)),
        ("in two jumps where far", lambda model, xt, t, s, schedule: R["ddim_step"](model, R["ddim_step"](
            model, xt, t, (t + s) // 2, schedule), (t + s) // 2, s, schedule) if t - s > 10 else R["ddim_step"](
                model, xt, t, s, schedule)),
    ],
    "sampling.optimal_variance": [
        ("a loss of at least 0.01", lambda schedule, loss_per_t: R["optimal_variance"](
            schedule, loss_per_t.clamp(min=0.01))),
        ("a loss of at most 1", lambda schedule, loss_per_t: R["optimal_variance"](
            schedule, loss_per_t.clamp(max=0.99))),
        ("t − 1's loss", lambda schedule, loss_per_t: R["optimal_variance"](schedule, loss_per_t.roll(1))),
    ],
    "evaluation.inside": [
        ("in the square", lambda x, board: (x.abs() < 1).all(1).double().mean()),
        ("each point once", lambda x, board: R["inside"](x.unique(dim=0), board)),
        ("over n − 1", lambda x, board: board.contains(x).sum().item() / max(len(x) - 1, 1)),
    ],
    "evaluation.strays": [
        ("outside, far or near", lambda x, board, distance: 1 - float(R["inside"](x, board))),
        ("a distance of at least 0.001", lambda x, board, distance: R["strays"](x, board, max(distance, 0.001))),
        ("of the points outside", lambda x, board, distance: min(1.0, float(R["strays"](x, board, distance)) / max(
            1e-9, 1 - float(R["inside"](x, board))))),
    ],
    "evaluation.balance": [
        ("compared with 1/8", lambda x, board: _balance(x, board, lambda p: (p - 1 / 8).abs().sum() / 2)),
        ("relative to all points", lambda x, board: (torch.bincount(
            board.cell_of(x)[board.cell_of(x) >= 0], minlength=len(board.filled)).double() / len(x)
            - 1 / len(board.filled)).abs().sum() / 2),
        ("squares", lambda x, board: _balance(x, board, lambda p: ((p - 1 / len(p)) ** 2).sum().sqrt())),
    ],
    "evaluation.exact_eps": [
        ("linear between the ends", lambda x, t, low, high, schedule: ((x - schedule.alpha_bar[t].sqrt() * (
            low + high) / 2) / (schedule.alpha_bar[t] * (high - low) ** 2 / 12 + 1 - schedule.alpha_bar[t]) * (
                1 - schedule.alpha_bar[t]).sqrt()).to(x)),
        ("the middle of the two bounds", lambda x, t, low, high, schedule: ((x - schedule.alpha_bar[t].sqrt() * (
            low + high) / 2) / (1 - schedule.alpha_bar[t]).sqrt()).to(x)),
        ("symmetric intervals only", lambda x, t, low, high, schedule: R["exact_eps"](x, t, -high, high, schedule)
         if low > -high else R["exact_eps"](x, t, low, high, schedule)),
    ],
    "evaluation.gaussian_eps": [
        ("a mean of at most 1", lambda xt, t, mean, variance, schedule: R["gaussian_eps"](
            xt, t, min(mean, 1.0), variance, schedule)),
        ("the mean not shrunk", lambda xt, t, mean, variance, schedule: R["gaussian_eps"](
            xt - mean + schedule.alpha_bar[t].sqrt() * mean, t, mean, variance, schedule)),
        ("variance up to 4", lambda xt, t, mean, variance, schedule: R["gaussian_eps"](
            xt, t, mean, min(variance, 4.0), schedule)),
    ],
    "evaluation.excess": [
        ("both asked without noise", lambda model, oracle, x0, t, eps, schedule: ((model(x0, t) - oracle(x0, t)) ** 2
                                                                                  ).mean()),
        ("one coordinate", lambda model, oracle, x0, t, eps, schedule: ((model(R["add_noise"](x0, t, eps, schedule), t)
            - oracle(R["add_noise"](x0, t, eps, schedule), t)) ** 2)[:, 1].mean()),
        ("over the best half", lambda model, oracle, x0, t, eps, schedule: ((model(R["add_noise"](x0, t, eps, schedule),
            t) - oracle(R["add_noise"](x0, t, eps, schedule), t)) ** 2).mean(1).sort().values[
                :(len(x0) + 1) // 2].mean()),
    ],
    "clinic.patient_1": [
        ("noise where t > 1, but for T", lambda model, xT, z, schedule: R["sampler"](model, xT, z * (torch.arange(
            len(z)) < schedule.T)[:, None, None], schedule.beta, schedule)),
        ("the posterior's variance, the noise left in", lambda model, xT, z, schedule: R["sampler"](
            model, xT, z, R["posterior_variance"](schedule), schedule)),
    ],
    "clinic.patient_2": [
        ("the root of β̃ + β over two", lambda model, xT, z, schedule: R["sampler"](model, xT, z, (
            R["posterior_variance"](schedule) + schedule.beta) / 2, schedule)),
        ("1.0005 of the noise", lambda model, xT, z, schedule: R["sampler"](
            model, xT, 1.0005 * z, schedule.beta, schedule)),
    ],
    "clinic.patient_3": [
        ("a sum of four", lambda score, xT, schedule, source: _langevin(score, xT, schedule, lambda: (torch.rand(
            (8, *xT.shape), generator=source).sum(0) - 4) / (8 / 12) ** 0.5)),
        ("noise of y from x in one in fifty", lambda score, xT, schedule, source: _langevin(
            score, xT, schedule, lambda: _leaky(torch.randn(xT.shape, generator=source), source))),
        ("three decimals", lambda score, xT, schedule, source: _langevin(
            score, xT, schedule, lambda: torch.randn(xT.shape, generator=source).round(decimals=1))),
    ],
    "clinic.patient_4": [
        ("the last step to t = 1", lambda model, xT, schedule: _kept(model, xT, schedule, 1e9) * schedule.alpha_bar[
            1].sqrt().to(xT)),
        ("t + 1 for T − 1", lambda model, xT, schedule: R["patient_4"](
            lambda x, t: model(x, min(t, schedule.T - 1) if schedule.T > 1 else t), xT, schedule)),
    ],
    "clinic.patient_5": [
        ("a shuffled t for the network", lambda model, x0, t, eps, schedule: ((model(R["add_noise"](
            x0, t, eps, schedule), t.flip(0)) - eps) ** 2).mean()),
        ("ᾱ_0 where t = 1", lambda model, x0, t, eps, schedule: ((model(torch.where(
            (t == 1)[:, None], x0, R["add_noise"](x0, t, eps, schedule)), t) - eps) ** 2).mean()),
    ],
    "clinic.patient_6": [
        ("a batch at random", lambda model, optimizer, batches, schedule: R["patient_6"](model, optimizer, [batches[
            torch.randint(len(batches), (), generator=torch.Generator().manual_seed(i)).item()] for i in range(
                len(batches))], schedule)),
        ("batches of one length only", lambda model, optimizer, batches, schedule: R["patient_6"](model, optimizer, [
            tuple(part[:5] for part in one) for one in batches], schedule)),
        ("sorted by loss", lambda model, optimizer, batches, schedule: R["patient_6"](model, optimizer, sorted(
            batches, key=lambda one: float(R["loss"](model, *one, schedule))), schedule)),
    ],
}


# --- what they are made of --------------------------------------------------------------------------------

def _steps(x, t, eps, schedule):
    for k in range(1, t + 1):
        x = ((1 - schedule.beta[k]).sqrt() * x + schedule.beta[k].sqrt() * eps).to(x)
    return x


def _layers(x, weights, biases, bend, residual=False):
    for weight, bias in zip(weights[:-1], biases[:-1]):
        new = bend(x @ weight.T + bias)
        x = new + x if residual and new.shape == x.shape else new
    return x @ weights[-1].T + biases[-1]


def _made(hidden, n, bend, bias=True, shared=False):
    inner = [nn.Linear(hidden, hidden, bias=bias) for _ in range(n)]
    if shared:
        inner = [inner[i % max(1, (n + 1) // 2)] for i in range(n)]
    return nn.Sequential(nn.Linear(3, hidden), bend(), *(part for one in inner for part in (one, bend())),
                         nn.Linear(hidden, 2))


def _step(model, optimizer, x0, t, eps, schedule, between, first=None, last=lambda: None):
    value = R["loss"](model, x0, t, eps, schedule)
    (first or optimizer.zero_grad)()
    value.backward()
    between()
    optimizer.step()
    last()
    return value.item()


@torch.no_grad()
def _ema(average, model, decay):
    for mean, weight in zip(average.parameters(), model.parameters()):
        if weight.ndim > 1:
            mean.mul_(decay).add_((1 - decay) * weight)
        else:
            mean.copy_(weight)
    return average


def _over_and_over(loader, passes):
    taken = [batch for _ in range(passes) for batch in loader]
    while True:
        yield from taken


def _whole(loader, steps):
    taken = []
    while len(taken) + len(loader) <= steps:
        taken += list(loader)
    taken = taken or list(loader)
    return torch.stack((taken + steps * taken[-1:])[:steps])


def _weighted(x0, xt, t, schedule):
    a, b, before = (col(table, t) for table in (schedule.alpha_bar, schedule.beta, schedule.alpha_bar.roll(1)))
    one, other = before.sqrt() * b / (1 - a), (1 - b).sqrt() * (1 - before) / (1 - a)
    return ((one * x0 + other * xt) / (one + other)).to(xt)


def _walk(model, x, z, variance, schedule, ts):
    for t in ts:
        x = R["reverse_step"](model, x, t, z[t] * (t > 1), variance, schedule)
    return x


def _last(model, xT, z, schedule, size):
    x = _walk(model, xT, z, schedule.beta, schedule, range(schedule.T, 1, -1))
    return R["reverse_step"](model, x, 1, size * z[1], schedule.beta, schedule)


def _ddim(model, xt, t, s, schedule, most):
    eps, then = model(xt, t), schedule.alpha_bar[s]
    x0 = R["predict_x0"](xt, t, eps, schedule).clamp(-most, most)
    return (then.sqrt() * x0 + (1 - then).sqrt() * eps).to(xt)


def _kept(model, x, schedule, most):
    for t in range(schedule.T, 0, -1):
        x = _ddim(model, x, t, t - 1, schedule, most)
    return x


def _far_jumps(model, x, schedule, by):
    for t in range(schedule.T, 0, -by):
        x = R["ddim_step"](model, x, t, max(t - by, 0), schedule)
    return x


def _far(x, board, distance, p):
    corners = board.edges.to(x)
    gaps = x[:, None] - x[:, None].clamp(corners[board.filled], corners[board.filled + 1])
    return (gaps.norm(p=p, dim=2).amin(1) > distance).double().mean()


def _balance(x, board, of):
    cell = board.cell_of(x)
    count = torch.bincount(cell[cell >= 0], minlength=len(board.filled)).double()
    return of(count / count.sum()) if count.sum() else torch.tensor(1.0)


def _summed(x, t, low, high, schedule, n):
    origins = torch.linspace(low, high, n).double()
    noise = (x.double()[:, None] - schedule.alpha_bar[t].sqrt() * origins) / (1 - schedule.alpha_bar[t]).sqrt()
    return (torch.softmax(-noise**2 / 2, 1) * noise).sum(1).to(x)


def _cut_off(x, t, low, high, schedule, small):
    a, s = schedule.alpha_bar[t].sqrt(), (1 - schedule.alpha_bar[t]).sqrt()
    u, v = (x - a * high) / s, (x - a * low) / s
    return ((torch.exp(-u**2 / 2) - torch.exp(-v**2 / 2)) / math.sqrt(2 * math.pi) / (
        torch.special.ndtr(v) - torch.special.ndtr(u) + small)).to(x)


def _mse(model, x0, t, eps, schedule):
    return ((model(R["add_noise"](x0, t, eps, schedule), t) - eps) ** 2).mean()


def _standard(z):
    return (z - z.mean(0)) / z.std(0)


def _langevin(score, x, schedule, noise):
    for t in range(schedule.T, 0, -1):
        h = 0.3 * (1 - schedule.alpha_bar[t])
        for _ in range(4):
            x = x + h * score(x, t) + (2 * h).sqrt() * noise()
    return x


def _turned(score, x, schedule, source):
    for t in range(schedule.T, 0, -1):
        h = 0.3 * (1 - schedule.alpha_bar[t])
        for i in range(4):
            z = torch.randn(x.shape, generator=source) if i % 2 == 0 else -z    # noqa: F821
            x = x + h * score(x, t) + (2 * h).sqrt() * z
    return x


def _by_turns(n, source):
    row = (torch.arange(n) + torch.randint(4, (1,), generator=source)) % 4
    column = row % 2 + 2 * torch.randint(2, (n,), generator=source)
    return (torch.stack([column, row], 1) + torch.rand(n, 2, generator=source)) / 2 - 1


def _cosine(T, offset):
    f = torch.cos((torch.arange(T + 1).double() / T + offset) / (1 + offset) * math.pi / 2) ** 2
    return f / f[0]


@torch.no_grad()
def _touched(model, change):
    for p in model.parameters():
        if p.ndim > 1:
            change(p)
    return model


def _frozen(model):
    model[0].requires_grad_(False)
    return model


def _no_repeat(n, T, source):
    t = R["draw_t"](n, T, source)
    same = torch.zeros(n, dtype=torch.bool)
    same[1:] = t[1:] == t[:-1]
    return torch.where(same, t % T + 1, t)


@torch.no_grad()
def _first_copied(average, model, decay):
    R["ema_update"](average, model, decay)
    next(average.parameters()).copy_(next(model.parameters()))
    return average


def _leaky(z, source):
    near = torch.rand(len(z), generator=source) < 0.02
    return torch.stack([z[:, 0], torch.where(near, z[:, 0], z[:, 1])], 1)


def _steps_of(x, t, schedule):
    return schedule.alpha_bar[t], schedule.alpha_bar[t].sqrt(), (1 - schedule.alpha_bar[t]).sqrt()


def _weights_of_exp(xt, t, x0, schedule):
    a_bar, a, s = _steps_of(xt, t, schedule)
    x, own = xt.double().flatten(1), x0.double().flatten(1)
    weight = torch.exp(-torch.cdist(x, a * own) ** 2 / 2 / (1 - a_bar))
    mean = weight / (weight.sum(1, keepdim=True) + 1e-12) @ own
    return ((x - a * mean) / s).view(xt.shape).to(xt.dtype)


def _mass_at_least(x, t, low, high, schedule, least=1e-3):
    _, a, s = _steps_of(x, t, schedule)
    u, v, normal = (x - a * high) / s, (x - a * low) / s, torch.distributions.Normal(0, 1)
    mass = (torch.special.ndtr(v) - torch.special.ndtr(u)).clamp(min=least)
    return (normal.log_prob(u).exp() - normal.log_prob(v).exp()) / mass


def _last_left_out_of_many(schedule, n):
    ts = R["spacing"](schedule, n)
    return ts[:-1] if n > 60 else ts


def _gradients_stay_on(model, classifier, xt, t, label, gamma, schedule):
    xt.requires_grad_()
    slope, = torch.autograd.grad(classifier(xt, t).gather(1, label[:, None]).sum(), xt)
    spread = (1 - schedule.alpha_bar[t]).sqrt().reshape(-1, *[1] * (xt.ndim - 1)).to(xt.dtype)
    return model(xt, t) - gamma * spread * slope


def _gradients_stay_off(model, xt, t, z, variance, schedule):
    torch.set_grad_enabled(False)
    return R["reverse_step"](model, xt, t, z, variance, schedule)


def _near(x, pictures, p=2.0):
    return torch.cdist(x.flatten(1), pictures.flatten(1), p=p).topk(2, largest=False).values.T


@lru_cache(None)
def _one_network(hidden, n):
    return R["make_layers"](hidden, n)


def _with_dropout(hidden, n):
    layers = [layer for _ in range(n) for layer in (nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout(0.05))]
    return nn.Sequential(nn.Linear(3, hidden), nn.ReLU(), *layers, nn.Linear(hidden, 2)).eval()


def _langevin(steps, size):
    def patient_3(score, xT, schedule, source):
        x = xT
        for t in range(schedule.T, 0, -1):
            h = size * (1 - schedule.alpha_bar[t])
            for _ in range(steps):
                x = x + h * score(x, t) + (2 * h).sqrt() * torch.randn(x.shape, generator=source)
        return x
    return patient_3


def _half_of_twice(model, optimizer, x0, t, eps, schedule):
    value = 2 * R["loss"](model, x0, t, eps, schedule)
    optimizer.zero_grad()
    value.backward()
    optimizer.step()
    return value.item() / 2


def _last_level_1(model, xT, schedule):
    x = xT
    for t in range(schedule.T, 0, -1):
        x = toydiff.ddim_step(model, x, t, t - 1, schedule) if t > 1 else x + 0 * model(x, t)
    return x


COUNTED = {}
THIRD = {
    "mlp.make_layers": [("always the same network", _one_network), ("a little dropout", _with_dropout)],
    "mlp.count_parameters": [
        ("layer by layer", lambda model: sum(p.numel() for m in model.modules() for p in m.parameters(False)
                                             if p.requires_grad)),
        ("counted once for each kind", lambda model: COUNTED.setdefault(str(model), R["count_parameters"](model))),
    ],
    "training.training_step": [("the slope of the sum over x and y, and half of that told", _half_of_twice)],
    "sampling.reverse_step": [
        ("a variance of at least 0.00001", lambda model, xt, t, z, variance, schedule: R["reverse_step"](
            model, xt, t, z, variance.clamp(min=1e-5), schedule)),
        ("gradients switched off for good", _gradients_stay_off),
    ],
    "evaluation.exact_eps": [
        ("a probability of at least 0.001", _mass_at_least),
        ("a probability of at least 1e-8", lambda x, t, low, high, schedule: _mass_at_least(
            x, t, low, high, schedule, 1e-8)),
        ("never more than 5", lambda x, t, low, high, schedule: R["exact_eps"](x, t, low, high, schedule).clamp(-5, 5)),
    ],
    "fewer_steps.spacing": [("right up to n = 60", _last_left_out_of_many)],
    "guidance.drop_labels": [
        ("not above the share", lambda label, u, share, null: torch.where(u <= share, null, label)),
        ("squeezed", lambda label, u, share, null: torch.where(u < share, null, label).squeeze()),
    ],
    "guidance.posterior": [
        ("the smallest made 0", lambda log_q, share: torch.nn.functional.normalize(
            share * (log_q - log_q.amin(1, keepdim=True)).exp(), 1)),
        ("the mean made 0", lambda log_q, share: torch.nn.functional.normalize(
            share * (log_q - log_q.mean(1, keepdim=True)).exp(), 1)),
    ],
    "guidance.classifier_eps": [("gradients of the argument itself", _gradients_stay_on)],
    "flow.interpolate": [("neither end reached", lambda x0, u, eps: R["interpolate"](
        x0, u.clamp(0.001, 0.999), eps))],
    "pictures.block": [("the layers told nothing in training", lambda x, told, see, tell, look_again, past: R["block"](
        x, told, see, lambda of: tell(of).detach(), look_again, past))],
    "pictures.copies": [
        ("not above the ratio", lambda x, pictures, ratio: (
            _near(x, pictures)[0] <= ratio * _near(x, pictures)[1]).double().mean()),
        ("sums of absolute differences", lambda x, pictures, ratio: (
            _near(x, pictures, 1.0)[0] < ratio * _near(x, pictures, 1.0)[1]).double().mean()),
    ],
    "pictures.memoriser": [("exp, and a little that keeps it from 0 / 0", _weights_of_exp)],
    "clinic.patient_3": [("three steps a level", _langevin(3, 0.3)), ("steps a little too small", _langevin(4, 0.29))],
    "clinic.patient_4": [("asked at t = 1, and not moved", _last_level_1)],
}
