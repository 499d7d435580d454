"""The contract of names: all over the course `x0` is a batch of data, `t` a timestep, `schedule` a Schedule …

`@checked` looks at the arguments of a function by these names, so that its body holds the formula alone. Only the
outermost call is looked at: what a formula hands on has been seen. Of a walk or a run, a generator, the first steps
are looked at in full, the later ones no more.
"""

import functools
import inspect
import itertools
import math
import threading

import torch

from . import tensors, times, validation

ANCHORS = ("x0", "xt", "xu", "x_prev", "xT", "x")   # the first of these in a signature; the others are shaped like it
ALIKE = (*ANCHORS, "eps", "z", "answer")
COUNTS = ("n", "steps", "batch_size", "points", "size")
LOOKED_AT = 2                                     # steps of a generator; the first one of a walk is its start


class _Here(threading.local):
    inside = False     # a formula that was looked at: what it calls is not
    settled = False    # a walk beyond its first steps: nor is what its model calls


_here = _Here()


class Answering:
    """A model whose every answer is looked at: broadcasting would hide a forgotten dimension.

    finite: on a CPU, also whether it is finite. Training asks for that itself, now and then.
    """

    def __init__(self, model, finite):
        self.model, self.finite = model, finite

    def __call__(self, xt, t, label=None):
        """Return the model's answer, shape as xt. Where there is no label, the model need not know of labels."""
        inside, _here.inside = _here.inside, _here.settled
        try:
            eps = self.model(xt, t) if label is None else self.model(xt, t, label)
        finally:
            _here.inside = inside
        return tensors.answer(eps, xt, t if self.finite else None)


def checked(function=None, *, driver=False, finite=False, objective="noise"):
    """Decorate a function, so that its arguments are looked at by their names (see `look`).

    driver: it is no formula but runs others, many times: these look at their arguments themselves;
    finite: the answers of its `model` are to be finite; objective: what they are to be, "noise" or "flow".
    """
    if function is None:
        return functools.partial(checked, driver=driver, finite=finite, objective=objective)
    parameters, walks = inspect.signature(function).parameters, inspect.isgeneratorfunction(function)
    names = tuple(parameters)
    needed = {name for name, p in parameters.items() if p.default is p.empty and p.kind is not p.VAR_KEYWORD}
    asked = names.index("model") if "model" in names and not driver else None

    def answering(model):
        return model if isinstance(model, Answering) else Answering(model, finite)

    def in_order(option):
        return names.index(option[0]) if option[0] in names else len(names)

    @functools.wraps(function)
    def call(*args, **options):
        if _here.inside:
            if asked is None:
                return function(*args, **options)
            if asked < len(args):
                return function(*args[:asked], answering(args[asked]), *args[asked + 1:], **options)
            return function(*args, **options | {"model": answering(options["model"])})
        given = dict(zip(names, args)) | dict(sorted(options.items(), key=in_order))
        if len(given) < len(args) + len(options) or not needed <= given.keys():
            return function(*args, **options)    # too many, too few: Python says it
        look(given)
        if asked is not None:
            given["model"] = answering(validation.objective(given["model"], objective))
        if walks or driver:
            made = function(**given)
            return first_steps_looked_at(made) if walks else made
        _here.inside = True
        try:
            return function(**given)
        finally:
            _here.inside = False

    return call


def first_steps_looked_at(steps):
    """Return the same generator; what is called in its first steps is looked at, later no more."""
    try:
        for number in itertools.count():
            _here.inside = _here.settled = number >= LOOKED_AT
            try:
                step = next(steps)
            except StopIteration:
                return
            finally:
                _here.inside = _here.settled = False
            yield step
    finally:
        steps.close()


def look(given):
    """Look at arguments by their names, in place: counts become ints. Raises TypeError or ValueError, in one line."""
    owner = given.get("self")
    if "schedule" in given:
        validation.schedule(given["schedule"])
    if "model" in given:
        validation.model(given["model"])
    if "data" in given:
        validation.board(given["data"], "sample")
    for name in given.keys() & COUNTS:
        given[name] = validation.integer(given[name], name, low=1)
    if "careful" in given:
        given["careful"] = validation.integer(given["careful"], "careful", low=0)
    if "step" in given:
        given["step"] = validation.integer(given["step"], "step", 1, given["steps"])
    if "lr" in given:
        given["lr"] = validation.number(given["lr"], "lr", 0, math.inf)
    if "drop_label" in given:
        given["drop_label"] = validation.share(given["drop_label"], "drop_label")
    x = _points(given, owner)
    T = getattr(given.get("schedule", owner), "T", math.inf)
    for name in ("variance", "loss_per_t"):
        if given.get(name) is not None:
            tensors.table(given[name], T, name)
    if "t" in given and getattr(owner, "objective", "noise") == "flow":    # a wrapper of one: its t is u
        given["t"] = times.time(given["t"], x)
    elif "t" in given:
        given["t"] = tensors.reachable(tensors.timestep(given["t"], T, len(x)), x)
    if "s" in given:
        given["s"] = tensors.reachable(tensors.timestep(given["s"], T, len(x), "s", low=0), x, "s")
    if given.get("ts") is not None:
        given["ts"] = tensors.falling(given["ts"], T)
    if "eta" in given:
        given["eta"] = validation.share(given["eta"], "eta")
    if "u" in given:
        given["u"] = times.time(given["u"], x)
    if given.get("us") is not None:
        given["us"] = times.falling(given["us"])
    if "noise" in given:
        given["noise"] = validation.number(given["noise"], "noise", 0, math.inf, with_low=True)
    if "alpha_bar" in given:
        tensors.level(given["alpha_bar"], x)
    labels = getattr(given.get("model", owner), "labels", None)
    if given.get("label") is not None and labels is not None:
        tensors.label(given["label"], labels, len(x))


def _points(given, owner):
    """Look at all that is a batch; return the first of it, or None."""
    names = [name for name in given if name in ALIKE]
    if not names:
        return None
    first = names[0]
    x = given[first]
    if isinstance(owner, torch.nn.Module):    # a network, or the oracle
        tensors.like_weights(x, owner, first)
    else:
        tensors.points(x, first)
    for name in names[1:]:
        tensors.same_shape(given[name], x, name, first)
    return x
