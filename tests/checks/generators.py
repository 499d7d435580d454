"""Wrong answers made by the dozen: kinds of fault, applied to the right answer of every exercise.

Each function of KINDS takes the name of an exercise and yields (words, function). What it makes is wrong by
construction, whatever the exercise: it looks away from an argument, remembers too much, is right at some sizes only …
"""

import copy
import functools
import hashlib
import inspect

import torch
from torch import nn

from toydiff.checks import EXERCISES
from toydiff.forward_process import Schedule

DRAWN = ("data.sample_board", "training.draw_t", "clinic.patient_3")    # answers that chance decides
IN_PLACE = ("training.ema_update", "training.training_step", "clinic.patient_6")
MADE = ("mlp.make_layers",)    # a network with weights by chance
NEVER_0 = ("T", "t", "n", "step", "steps", "lr", "first", "last", "hidden", "before", "ratio",    # numbers that are not
           ("fewer_steps.ahead", "s"), ("training.gaussian_floor", "variance"))


def parameters(name):
    return list(inspect.signature(EXERCISES[name].reference).parameters)


def like(name):
    """Decorate a function of (right, **args), where right(**args) is the right answer."""
    reference = EXERCISES[name].reference

    def made(function):
        @functools.wraps(reference)
        def wrong(*values, **named):
            return function(reference, **dict(zip(parameters(name), values)), **named)
        return wrong
    return made


def digest(value):
    """The same for equal values, whatever they are."""
    if isinstance(value, torch.Tensor):
        return value.shape, value.dtype, hashlib.sha256(value.detach().contiguous().numpy().tobytes()).hexdigest()
    if isinstance(value, Schedule):
        return digest(value.beta)
    if isinstance(value, nn.Module):
        inner = getattr(value, "function", None)
        return type(value).__name__, getattr(inner, "__name__", ""), [digest(p) for p in value.parameters()]
    if isinstance(value, torch.Generator):
        return digest(value.get_state())
    if isinstance(value, torch.optim.Optimizer):
        return repr(value.defaults)
    if isinstance(value, (list, tuple)):
        return [digest(part) for part in value]
    if hasattr(value, "__dict__") and not hasattr(value, "__name__"):    # a stand-in may be called, and is no function
        return type(value).__name__, {key: digest(part) for key, part in vars(value).items()}
    return getattr(value, "__name__", value)


def key_of(values):
    return repr(values)


def fresh(value):
    """A copy of an answer or an argument."""
    if isinstance(value, torch.Generator):
        return torch.Generator().set_state(value.get_state())
    return copy.deepcopy(value) if not isinstance(value, torch.Tensor) or not value.requires_grad else value


# --- an argument ignored ----------------------------------------------------------------------------------

def ignored(name):
    """An argument is looked away from: it is always that of one of the questions, or that of the first call."""
    for argument in parameters(name):
        values = {}
        for case in EXERCISES[name].cases:
            values.setdefault(key_of(digest(case.args[argument])), case.args[argument])
        if len(values) < 2:
            yield f"{argument}: never varied", EXERCISES[name].reference    # which will pass, and be noticed
        for number, value in enumerate(list(values.values())[:3]):
            @like(name)
            def always(right, **args):
                return right(**args | {argument: fresh(value)})
            yield f"{argument}: always number {number}", always

        seen = []

        @like(name)
        def first(right, **args):
            seen.append(fresh(args[argument]))
            return right(**args | {argument: fresh(seen[0])})
        yield f"{argument}: always the first", first


# --- a cache by the wrong key -----------------------------------------------------------------------------

def remembering(name, key):
    """The right answer, remembered by key(args)."""
    memory = {}

    @like(name)
    def cached(right, **args):
        place = key_of(key(args))
        if place not in memory:
            memory[place] = fresh(right(**args))
        return fresh(memory[place])
    return cached


def shapes(args):
    return [(value.shape, value.dtype) if isinstance(value, torch.Tensor) else type(value) for value in args.values()]


def cached(name):
    """An answer is remembered, and given again where only a part of the question is the same."""
    names = parameters(name)
    yield "once and for all", remembering(name, lambda args: 0)
    yield "by shapes", remembering(name, shapes)
    for one in names:
        if len(names) > 1:
            yield f"by {one} alone", remembering(name, lambda args: digest(args[one]))
            yield f"by all but {one}", remembering(
                name, lambda args: [digest(value) for key, value in args.items() if key != one])
    if "schedule" in names:
        yield "by T and shapes", remembering(name, lambda args: (args["schedule"].T, shapes(args)))
        yield "by T and all but the schedule", remembering(name, lambda args: (
            args["schedule"].T, [digest(value) for key, value in args.items() if key != "schedule"]))
        tables = {}

        @like(name)
        def by_T(right, **args):    # as a table of √ᾱ made once would be
            return right(**args | {"schedule": tables.setdefault(args["schedule"].T, copy.deepcopy(args["schedule"]))})
        yield "the tables by T", by_T


# --- right at some sizes only -----------------------------------------------------------------------------

def sizes(name):
    """Numbers are cut off, or too large for their dtype; rows beyond a number are not done."""
    exercise = EXERCISES[name]
    for argument in parameters(name):
        kinds = {type(case.args[argument]) for case in exercise.cases}
        if kinds == {int}:
            largest = max(case.args[argument] for case in exercise.cases)
            for most in {4, 8, 20, 64, 99, 100, 127, 255} - {largest}:
                if most < largest and (argument in ("T", "t", "s", "n") or most < 65):
                    @like(name)
                    def short(right, **args):
                        return right(**args | {argument: min(args[argument], most)})
                    yield f"{argument} at most {most}", short
    if any(isinstance(case.args.get("t"), torch.Tensor) for case in exercise.cases):
        for most in (50, 99, 127, 255):
            @like(name)
            def clamped(right, **args):
                return right(**args | {"t": args["t"].clamp(max=most)})
            yield f"t.clamp(max={most})", clamped
        for dtype in (torch.int8, torch.uint8):
            @like(name)
            def cast(right, **args):
                return right(**args | {"t": args["t"].to(dtype).long()})
            yield f"t.to({dtype})", cast
    if any(isinstance(case.args.get("schedule"), Schedule) for case in exercise.cases):
        for most in (50, 100, 127, 255):
            @like(name)
            def few_steps(right, **args):
                if args["schedule"].T <= most:
                    return right(**args)
                flat = copy.deepcopy(args["schedule"])
                flat.alpha_bar[most + 1:], flat.beta[most + 1:] = flat.alpha_bar[most], flat.beta[most]
                return right(**args | {"schedule": flat})
            if max(case.args["schedule"].T for case in exercise.cases) > most:
                yield f"tables up to {most}", few_steps
    for most in (1, 2, 3, 4, 5, 6, 16, 64):
        if any(isinstance(answer, torch.Tensor) and answer.ndim and len(answer) > most for answer in answers(name)):
            @like(name)
            def rows(right, **args):
                value = right(**args)
                return torch.cat([value[:most], 0 * value[most:] + value[:1]])
            yield f"the first {most} rows only", rows

            @like(name)
            def small(right, **args):
                value = right(**args)
                return value if len(value) <= most else value.flip(0)
            yield f"right for {most} rows or fewer", small

            @like(name)
            def large(right, **args):
                value = right(**args)
                return value if len(value) > most else value + 0.1
            if any(len(answer) <= most for answer in answers(name)):
                yield f"right for more than {most} rows", large
    for argument in parameters(name):
        if any(isinstance(case.args[argument], torch.Tensor) and case.args[argument].ndim
               and len(case.args[argument]) > 1000 for case in exercise.cases):
            @like(name)
            def none_beyond(right, **args):    # as of one who does whole blocks of a thousand, and leaves the rest
                value, rows = args[argument], len(args[argument])
                short = torch.cat([value[:1000], value[:1].expand(rows - 1000, *value.shape[1:])])
                return right(**args | {argument: short if rows > 1000 else value})
            yield f"no more than 1000 rows of {argument}", none_beyond
            break


# --- 0 taken for nothing ----------------------------------------------------------------------------------

def falsy(name):
    """`number or another`: where a number is 0, another is taken."""
    for argument in parameters(name):
        if all(type(case.args[argument]) in (int, float) for case in EXERCISES[name].cases) and (
                argument not in NEVER_0 and (name, argument) not in NEVER_0):
            for instead in (0.01 if argument == "distance" else 1, 9):
                @like(name)
                def taken_for_none(right, **args):
                    return right(**args | {argument: args[argument] or instead})
                yield f"`{argument} or {instead}`", taken_for_none


@functools.cache
def answers(name):
    """What the reference says to each question: tensors, where it changes nothing and chance has no part."""
    if name in DRAWN + IN_PLACE + MADE:
        return []
    found = [EXERCISES[name].reference(**copy.deepcopy(case.args)) for case in EXERCISES[name].cases]
    return [value for value in found if isinstance(value, torch.Tensor)]


# --- a little wrong ---------------------------------------------------------------------------------------

def changed(name, change):
    """The right answer, with change(value, args) of it."""
    @like(name)
    def wrong(right, **args):
        value = right(**args)
        number = not isinstance(value, (torch.Tensor, list))
        if isinstance(value, list):
            return [change(torch.tensor(one), args).item() for one in value]
        value = change(torch.tensor(value) if number else value, args)
        return value.item() if number else value
    return wrong


def inexact(name):
    """A part in a thousand is wrong, or digits are lost on the way."""
    if name in DRAWN + MADE + ("training.ema_update", "training.batches", "data.contains", "mlp.count_parameters"):
        return
    yield "0.1 % too large", changed(name, lambda value, args: value * 1.001)
    yield "0.1 % too small", changed(name, lambda value, args: value * 0.999)
    yield "0.01 added", changed(name, lambda value, args: value + 0.01)
    if name not in ("data.density", "fewer_steps.spacing"):    # which are 0 or ½, and whole numbers
        yield "two decimals", changed(name, lambda value, args: (value * 100).round() / 100)
        yield "half precision on the way", changed(name, lambda value, args: value.bfloat16().to(value.dtype))
    if any(value.dtype == torch.float64 and value.ndim for value in answers(name)) and not EXERCISES[name].any_float:
        yield "the dtype is always float32", changed(name, lambda value, args: value.float())


def in_places(name):
    """A dead branch: one row, one coordinate, one t, one sign, one dtype is wrong."""
    if not answers(name) or name == "mlp.make_layers":
        return
    tables = [value for value in answers(name) if value.ndim and len(value) > 2]
    if tables:
        if name not in ("forward_process.snr", "training.gaussian_floor"):    # whose first entry is nobody's business
            yield "the first row", changed(name, lambda value, args: off(value, [0]))
        yield "the last row", changed(name, lambda value, args: off(value, [-1]))
        yield "the second row", changed(name, lambda value, args: off(value, [1]))
        yield "every third row", changed(name, lambda value, args: off(value, slice(2, None, 3)))
        yield "rows from the tenth on", changed(name, lambda value, args: off(value, slice(10, None)))
    if any(value.ndim == 2 and value.shape[1] > 1 for value in tables):
        yield "y", changed(name, lambda value, args: off(value.T, [-1]).T)
        yield "x and y swapped", changed(name, lambda value, args: value.flip(1))
    if any(value.dtype == torch.float32 for value in answers(name)) and any(
            value.dtype == torch.float64 for value in answers(name)):
        yield "float32", changed(name, lambda value, args: off(value, ...) if value.dtype == torch.float32 else value)
        yield "float64", changed(name, lambda value, args: off(value, ...) if value.dtype == torch.float64 else value)
    if any((value < -0.01).any() for value in answers(name)):    # not by rounding alone
        yield "negative answers", changed(name, lambda value, args: value.abs())
        if any((value.abs() > 1.5).any() for value in answers(name)):
            yield "beyond ±1.5", changed(name, lambda value, args: value.clamp(-1.5, 1.5))
    if "t" in parameters(name):
        asked = {int(one) for case in EXERCISES[name].cases for one in torch.as_tensor(case.args["t"]).flatten()}
        for t in (1, 2, 37, 64, 100, 128, 256, 300):
            if t in asked or isinstance(EXERCISES[name].cases[0].args["t"], torch.Tensor):
                yield f"t = {t}", changed(name, lambda value, args: torch.where(
                    torch.as_tensor(args["t"] == t).reshape(-1, *[1] * (value.ndim - 1)), off(value, ...), value)
                    if value.ndim else value + 0.1 * torch.as_tensor(args["t"] == t).any())


def off(value, place):
    """A copy that is wrong at a place."""
    value = value.clone()
    if value.dtype == torch.bool:
        value[place] = ~value[place]
    else:
        value[place] = value[place] * 1.2 + 0.3
    return value


# --- what is left behind ----------------------------------------------------------------------------------

def state(name):
    """Right at first, or only now and then; something is left behind."""
    for words, wrong_at in (("every second call", lambda n: n % 2), ("every third call", lambda n: n % 3 == 2),
                            ("from the fourth call on", lambda n: n > 2), ("the first call", lambda n: n == 0)):
        calls = []

        @like(name)
        def sometimes(right, **args):
            calls.append(0)
            return spoiled(right, args) if wrong_at(len(calls) - 1) else right(**args)
        yield f"wrong at {words}", sometimes

    @like(name)
    def seeds(right, **args):
        torch.manual_seed(0)
        return right(**args)
    yield "sets the global seed", seeds

    @like(name)
    def restores_nothing(right, **args):
        value = right(**args)
        for one in args.values():
            if isinstance(one, torch.Tensor) and one.is_floating_point():
                one.mul_(1.5)
                return value
            if isinstance(one, Schedule):
                one.beta[1] = 0.123
                return value
    if any(isinstance(one, Schedule) or isinstance(one, torch.Tensor) and one.is_floating_point()
           for one in EXERCISES[name].cases[0].args.values()):
        yield "changes what it was given", restores_nothing


def spoiled(right, args):
    """A wrong answer of the right kind."""
    value = right(**args)
    if isinstance(value, nn.Module):
        with torch.no_grad():
            for p in value.parameters():
                p.zero_()
        return value
    if isinstance(value, list):
        return [one + 1 for one in value]
    if isinstance(value, torch.Tensor):
        return off(value, ...) if value.dtype != torch.int64 else value * 0 + 1
    return value + 1


# --- gradients --------------------------------------------------------------------------------------------

def gradients(name):
    """The numbers are right, the gradient is not: cut off, in part or as a whole, or counted double."""
    if EXERCISES[name].through:
        yield "none", changed(name, lambda value, args: value.detach())
        yield "half of it", changed(name, lambda value, args: (value + value.detach()) / 2)
        yield "double", changed(name, lambda value, args: 2 * value - value.detach())
        yield "turned round", changed(name, lambda value, args: 2 * value.detach() - value)
        yield "1 % too large", changed(name, lambda value, args: 1.01 * value - 0.01 * value.detach())
        yield "of the first row only", changed(name, lambda value, args: torch.cat(
            [value[:1], value[1:].detach()]) if value.ndim else value / 2 + value.detach() / 2)

        network = EXERCISES[name].through.split()[0]

        @like(name)
        def one_weight(right, **args):
            weights = list(getattr(args[network], "parameters", list)())
            if len(weights) > 1:
                weights[0].requires_grad_(False)
            value = right(**args)
            if len(weights) > 1:
                weights[0].requires_grad_(True)
            return value
        yield "not to the first weight", one_weight
    if name in ("training.training_step", "clinic.patient_6"):
        def stepping(change):
            @like(name)
            def wrong(right, **args):
                change(args["model"], args["optimizer"])
                return right(**args)
            return wrong

        def first_frozen(model, optimizer):
            next(model.parameters()).requires_grad_(False)

        def scaled(model, optimizer):
            for p in model.parameters():
                if not p._backward_hooks:
                    p.register_hook(lambda grad: grad * 1.01)

        def clipped(model, optimizer):
            for p in model.parameters():
                if not p._backward_hooks:
                    p.register_hook(lambda grad: grad.clamp(-0.05, 0.05))

        def signs(model, optimizer):
            for p in model.parameters():
                if not p._backward_hooks:
                    p.register_hook(torch.sign)

        def own_rate(model, optimizer):
            optimizer.param_groups[0]["lr"] = 0.1

        yield "the first weight frozen", stepping(first_frozen)
        yield "1 % too large", stepping(scaled)
        yield "clipped", stepping(clipped)
        yield "signs only", stepping(signs)
        yield "a rate of its own", stepping(own_rate)
    if name == "training.ema_update":
        @like(name)
        def aliased(right, **args):
            right(**args)
            for mean, weight in zip(args["average"].parameters(), args["model"].parameters()):
                if torch.equal(mean, weight):
                    mean.data = weight.data
            return args["average"]

        @like(name)
        def frozen(right, **args):
            args["model"].requires_grad_(False)
            return right(**args)

        @like(name)
        def rebuilt(right, **args):
            with torch.no_grad():
                old = [p.clone() for p in args["average"].parameters()]
                value = copy.deepcopy(right(**args))
                for p, before in zip(args["average"].parameters(), old):
                    p.copy_(before)
            return value
        yield "where equal, the weights are the model's own", aliased
        yield "the model is frozen", frozen
        yield "the average stays, a copy is returned", rebuilt


# --- draws ------------------------------------------------------------------------------------------------

def draws(name):
    """What chance should decide is dealt out, repeated, coarse, uneven, hung on what came before, drawn elsewhere."""
    made = {"data.sample_board": boards, "training.draw_t": timesteps, "clinic.patient_3": walks}.get(name)
    for words, function in made() if made else ():
        yield words, like(name)(lambda right, function=function, **args: function(right, **args))


def boards():
    filled = torch.tensor([(column, row) for row in range(4) for column in range(row % 2, 4, 2)])

    def put(cell, place):
        return (filled[cell] + place) / 2 - 1

    def some(n, source):
        return torch.randint(8, (n,), generator=source)

    def places(n, source):
        return torch.rand(n, 2, generator=source)

    def marked(chance):
        def function(right, n, source):
            cell, fresh_one = some(n, source), torch.rand(n, generator=source) > chance
            fresh_one[0] = True
            return put(cell[torch.where(fresh_one, torch.arange(n), 0).cummax(0).values], places(n, source))
        return function

    def shuffled(x, source):
        return x[torch.randperm(len(x), generator=source)]

    def twice(right, n, source):
        return right(n // 2 + 1, source).repeat_interleave(2, 0)[:n]

    def fuller(by):
        shares = torch.ones(8)
        shares[3] += by
        return lambda right, n, source: put(torch.multinomial(shares, n, True, generator=source), places(n, source))

    def squeezed(change):
        return lambda right, n, source: put(some(n, source), change(places(n, source)))

    def sobol(right, n, source):
        seed = torch.randint(10**6, (), generator=source).item()
        x = torch.quasirandom.SobolEngine(3, scramble=True, seed=seed).draw(n)
        return shuffled(put((x[:, 0] * 8).long().clamp(max=7), x[:, 1:]), source)

    def slanted(right, n, source):
        u = places(n, source)
        return put(some(n, source), torch.stack([u[:, 0], (u[:, 1] + 0.05 * u[:, 0]) % 1], 1) if n else u)

    def leaning(right, n, source):
        u, near = places(n, source), torch.rand(n, generator=source) < 0.03
        return put(some(n, source), torch.where(near[:, None], u[:, :1], u))

    return [
        ("cells dealt out, shuffled", lambda right, n, source: put(
            torch.randperm(n, generator=source) % 8, places(n, source))),
        ("half of the cells dealt out", lambda right, n, source: put(torch.where(
            torch.arange(n) % 2 == 0, torch.randperm(n, generator=source) % 8, some(n, source)), places(n, source))),
        ("cells in turn from a random one", lambda right, n, source: put(
            (torch.arange(n) + some(1, source)) % 8, places(n, source))),
        ("rows dealt out", lambda right, n, source: put(
            2 * (torch.randperm(n, generator=source) % 4) + torch.randint(2, (n,), generator=source),
            places(n, source))),
        ("each point twice", twice), ("each point twice, shuffled", lambda right, n, source: shuffled(
            twice(right, n, source), source)),
        ("the second half repeats the first", lambda right, n, source: right(n // 2 + 1, source).repeat(2, 1)[:n]),
        ("the second half mirrors the first", lambda right, n, source: (lambda x: torch.cat([x, -x])[:n])(
            right(n // 2 + 1, source))),
        ("a lattice of 16 a cell", lambda right, n, source: put(
            some(n, source), torch.randint(16, (n, 2), generator=source) / 16)),
        ("a lattice of 1000 a cell", lambda right, n, source: put(
            some(n, source), torch.randint(1000, (n, 2), generator=source) / 1000)),
        ("float16", lambda right, n, source: right(n, source).half().float()),
        ("bfloat16", lambda right, n, source: right(n, source).bfloat16().float()),
        ("three decimals", lambda right, n, source: (right(n, source) * 1000).floor() / 1000 + 1e-6),
        ("a cell 5 % too often", fuller(0.05)), ("a cell 10 % too rarely", fuller(-0.1)),
        ("a Sobol sequence", sobol), ("places squared a little", squeezed(lambda u: u**1.03)),
        ("a margin of 1 %", squeezed(lambda u: 0.005 + 0.99 * u)), ("the right edge left out", squeezed(
            lambda u: u * 0.99)), ("y hangs on x", leaning), ("the cell before, now and then", marked(0.03)),
        ("sorted by x", lambda right, n, source: (lambda x: x[x[:, 0].argsort()])(right(n, source))),
        ("a fixed first point", lambda right, n, source: torch.cat(
            [torch.tensor([[0.2, 0.15]]), right(n, source)[1:]])),
        ("one point for n = 1", lambda right, n, source: right(n, source) if n > 1 else torch.tensor([[0.2, 0.15]])),
        ("dealt out where n is small", lambda right, n, source: right(n, source) if n > 300 else put(
            torch.randperm(n, generator=source) % 8, places(n, source))),
        ("global random numbers", lambda right, n, source: put(torch.randint(8, (n,)), torch.rand(n, 2))),
        ("places from global random numbers", lambda right, n, source: put(some(n, source), torch.rand(n, 2))),
        ("a generator of its own", lambda right, n, source: right(n, torch.Generator().manual_seed(0))),
        ("seeded anew from the source's seed", lambda right, n, source: right(
            n, torch.Generator().manual_seed(source.initial_seed()))),
        ("places the same each time", lambda right, n, source: put(
            some(n, source), places(n, torch.Generator().manual_seed(0)))),
    ]


def timesteps():
    def fuller(t, by):
        def function(right, n, T, source):
            shares = torch.ones(T)
            shares[min(t, T - 1)] += by
            return torch.multinomial(shares, n, True, generator=source) + 1
        return function

    return [
        ("a permutation", lambda right, n, T, source: torch.randperm(n, generator=source) % T + 1),
        ("in turn from a random one", lambda right, n, T, source: (
            torch.arange(n) + torch.randint(T, (1,), generator=source)) % T + 1),
        ("each twice", lambda right, n, T, source: right(n // 2 + 1, T, source).repeat_interleave(2)[:n]),
        ("the second half mirrors the first", lambda right, n, T, source: (lambda t: torch.cat([t, T + 1 - t])[:n])(
            right(n // 2 + 1, T, source))),
        ("t = 1 5 % too often", fuller(0, 0.05)), ("t = 4 5 % too rarely", fuller(3, -0.05)),
        ("T half as often", lambda right, n, T, source: (torch.rand(n, generator=source) * (T - 0.5)).long() + 1),
        ("small t a little more often", lambda right, n, T, source: (
            torch.rand(n, generator=source) ** 1.03 * T).long().clamp(max=T - 1) + 1),
        ("never T for T = 300", lambda right, n, T, source: right(n, min(T, 299), source)),
        ("clamped to 99", lambda right, n, T, source: right(n, T, source).clamp(max=99)),
        ("int8", lambda right, n, T, source: right(n, T, source).to(torch.int8).long()),
        ("uint8", lambda right, n, T, source: right(n, T, source).to(torch.uint8).long()),
        ("int32", lambda right, n, T, source: right(n, T, source).int()),
        ("the one before, now and then", lambda right, n, T, source: (lambda t: torch.where(
            torch.rand(n, generator=source) < 0.03, t.roll(1), t))(right(n, T, source))),
        ("t = 1 for n = 1", lambda right, n, T, source: right(n, T, source) if n > 1 else torch.ones(1).long()),
        ("dealt out where n is small", lambda right, n, T, source: right(n, T, source) if n > 99 else
         torch.randperm(n, generator=source) % T + 1),
        ("the two halves alike", lambda right, n, T, source: right(n // 2 + 1, T, source).repeat(2)[:n]),
        ("a generator of its own", lambda right, n, T, source: right(n, T, torch.Generator().manual_seed(0))),
        ("global random numbers", lambda right, n, T, source: torch.randint(1, T + 1, (n,))),
        ("seeded anew from the source's seed", lambda right, n, T, source: right(
            n, T, torch.Generator().manual_seed(source.initial_seed()))),
    ]


def walks():
    def langevin(noise=lambda shape, source, before: torch.randn(shape, generator=source), size=0.3, steps=lambda t: 4,
                 level=lambda t: t, width=1.0, first=True, last=True, asks=lambda t: t, start=0.0):
        def function(right, score, xT, schedule, source):
            x, z = xT + start, None
            for t in range(schedule.T, 0, -1):
                h = size * (1 - schedule.alpha_bar[level(t)])
                for i in range(steps(t)):
                    z = noise(x.shape, source, z)
                    shake = (first or (t, i) != (schedule.T, 0)) * (last or (t, i) != (1, 3))
                    x = x + h * score(x, asks(t)) + width * (2 * h).sqrt() * z * shake
            return x
        return function

    def gauss(shape, source):
        return torch.randn(shape, generator=source)

    own = torch.Generator().manual_seed(0)
    return [
        ("1 % too wide", langevin(width=1.01)), ("2 % too narrow", langevin(width=0.98)),
        ("h 1 % too large", langevin(size=0.303)),
        ("ᾱ of the step before", langevin(level=lambda t: t - 1)), ("three steps at t = 1", langevin(
            steps=lambda t: 3 if t == 1 else 4)), ("five steps", langevin(steps=lambda t: 5)),
        ("no noise at the first step", langevin(first=False)), ("no noise at the last step", langevin(last=False)),
        ("the score of the step before", langevin(asks=lambda t: max(t - 1, 1))),
        ("cut off at ±2.5", langevin(lambda shape, source, before: gauss(shape, source).clamp(-2.5, 2.5))),
        ("the same for x and y", langevin(lambda shape, source, before: gauss(
            (shape[0], 1), source).expand(shape))),
        ("the same for neighbours", langevin(lambda shape, source, before: gauss(
            (shape[0] // 2 + 1, 2), source).repeat_interleave(2, 0)[:shape[0]])),
        ("partly that of before", langevin(lambda shape, source, before: gauss(shape, source) if before is None else
                                           0.1 * before + 0.99**0.5 * gauss(shape, source))),
        ("a sum of twelve", langevin(lambda shape, source, before: torch.rand(
            (3, *shape), generator=source).sum(0) * 2 - 3)),
        ("heavy tails", langevin(lambda shape, source, before: gauss(shape, source) * torch.where(
            torch.rand(shape, generator=source) < 0.02, 3.0, 0.915))),
        ("signs", langevin(lambda shape, source, before: gauss(shape, source).sign())),
        ("global random numbers", langevin(lambda shape, source, before: torch.randn(shape))),
        ("the global seed set", langevin(lambda shape, source, before: (
            torch.manual_seed(0), torch.randn(shape))[1])),
        ("a generator of its own", langevin(lambda shape, source, before: gauss(shape, own))),
        ("shifted at the start", langevin(start=0.001)),
        ("the same noise each time", langevin(lambda shape, source, before: gauss(
            shape, torch.Generator().manual_seed(0)))),
        ("seeded anew from the source's seed", lambda right, score, xT, schedule, source: right(
            score, xT, schedule, torch.Generator().manual_seed(source.initial_seed()))),
        ("rounded", lambda right, score, xT, schedule, source: (right(score, xT, schedule, source) * 20).round() / 20),
    ]


# --- at the edge ------------------------------------------------------------------------------------------

def edges(name):
    """>= for >, a distance to the wrong thing at the boundary, the ends of a table."""
    def share_new(right, x, train, distance):
        return (torch.cdist(x, train).amin(1) >= distance).double().mean()

    def strays(right, x, board, distance):
        corners, far = board.edges.to(x), x[:, None]
        gaps = (far - far.clamp(corners[board.filled], corners[board.filled + 1])).norm(dim=2).amin(1)
        return (gaps >= distance).double().mean()

    def strays_if_outside(right, x, board, distance):
        near = (x.abs() <= 1).all(1)
        return right(x[near] if near.any() else x, board, distance)

    def squared(right, x, train, distance):
        return (torch.cdist(x, train).amin(1).square() > distance * abs(distance)).double().mean() if distance else (
            torch.cdist(x, train).amin(1) >= 0).double().mean()

    found = {"data.share_new": [("at least", share_new), ("at least 0", squared)],
             "evaluation.strays": [("at least", strays), ("points in the square only", strays_if_outside)]}
    for words, function in found.get(name, ()):
        yield words, like(name)(function)
    if name not in DRAWN + MADE and "schedule" in parameters(name):
        @like(name)
        def one_step(right, **args):
            return spoiled(right, args) if args["schedule"].T == 1 else right(**args)

        @like(name)
        def two_or_more(right, **args):
            return right(**args) if args["schedule"].T < 101 else spoiled(right, args)
        if any(case.args["schedule"].T == 1 for case in EXERCISES[name].cases):
            yield "a schedule of one step", one_step
        yield "a schedule of more than 100 steps", two_or_more


# --- kept within limits ------------------------------------------------------------------------------------

FREE = ("data.covariance", "forward_process.forward_step", "forward_process.add_noise", "forward_process.predict_x0",
        "mlp.forward", "mlp.network", "mlp.score_from_eps", "mlp.x0_from_score", "training.loss", "mlp.score_error",
        "sampling.posterior_mean", "sampling.reverse_step", "sampling.sampler", "sampling.ddim_step",
        "evaluation.gaussian_eps", "evaluation.excess", "clinic.patient_1", "clinic.patient_2", "clinic.patient_4",
        "clinic.patient_5")    # answers as large as one likes
POSITIVE = ("forward_process.linear_beta", "forward_process.alpha_bar", "forward_process.snr",
            "training.decayed_lr", "evaluation.excess", "mlp.score_error")    # and as small


def limits(name):
    """An answer is cut off where it is large, or where it is nearly 0."""
    for most in (1, 2, 5, 10, 20, 50):
        if name in FREE:
            yield f"within ±{most}", changed(name, lambda value, args: value.clamp(-most, most))
    for least in (1e-2, 1e-3, 1e-4):
        if name in POSITIVE:
            yield f"no less than {least:g}", changed(name, lambda value, args: value.clamp(min=least))


KINDS = {"an argument ignored": ignored, "a cache by the wrong key": cached, "right at some sizes only": sizes,
         "a little wrong": inexact, "a dead branch": in_places, "something left behind": state,
         "another gradient": gradients, "not by chance": draws, "at the edge": edges, "kept within limits": limits,
         "0 taken for nothing": falsy}
