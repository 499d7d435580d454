"""Asking a learner's function one question: how it wants to be called, on copies of the arguments, errors caught."""

import copy
import inspect
import itertools
import linecache
import numbers
from dataclasses import dataclass, field

import torch

from . import chance, settings
from .guard import TimeUp

_questions = itertools.count()


@dataclass(frozen=True)
class Case:
    """One question. given: what is special about it, in words that follow "with"; args: by name, never changed;

    times: how often the function is called, each time with what the last call has left of the arguments.
    """

    given: str
    args: dict
    times: int = 1


@dataclass
class Answer:
    """What came of one question: a value or an error, the arguments afterwards, and which of them were changed.

    complaint: what keeps the value from being read; slope: the gradient of the value by the weights of a network, None
    where none flows; drew: what was drawn beside the arguments, as `chance.moved` tells it; left: what it has switched
    and not switched back, in words that follow "With … ".
    """

    value: object = None
    error: BaseException | None = None
    after: dict = field(default_factory=dict)
    changed: tuple = ()
    complaint: str = ""
    slope: torch.Tensor | None = None
    drew: dict = field(default_factory=dict)
    left: str = ""
    _measured: torch.Tensor | None = None

    def measured(self, measure, args):
        """Return measure(value, args), computed once."""
        if self._measured is None:
            self._measured = measure(torch.as_tensor(self.value), args)
        return self._measured


class Unreadable(Exception):
    """What an exercise's `read` raises if the answer is of no use: why, in words that follow "With … "."""


def caller(reference, function):
    """Return how to call the function with the arguments of `reference`, or None if it cannot be.

    By name; where names differ, those by name that agree, the others in order; or all of them in order.
    """
    names = list(inspect.signature(reference).parameters)
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):    # some built-in functions have none
        return lambda args: function(*args.values())
    own = [name for name, p in signature.parameters.items() if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    left = iter([name for name in names if name not in own])
    pairs = {name: name if name in names else next(left, None) for name in own}    # the function's name: ours
    ways = [(lambda args: function(**args), ((), dict.fromkeys(names)))]
    if set(pairs.values()) == set(names):
        ways += [(lambda args: function(**{its: args[ours] for its, ours in pairs.items()}), ((), pairs))]
    for call, given in [*ways, (lambda args: function(*args.values()), (names, {}))]:
        try:
            signature.bind(*given[0], **given[1])
        except TypeError:
            continue
        return call
    return None


def takes(function):
    """Say what the function takes."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return "Yours cannot be asked what it takes."
    names = ", ".join({"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(p.kind.name, "") + name
                      for name, p in signature.parameters.items())
    return f"Yours takes {f'({names})'[:100] if names else 'nothing'}."


def ask(call, args, times=1):
    """Return the Answer to one question. The arguments are copied first."""
    # no two questions begin alike: who sets a seed is found out (`torch.manual_seed` would note the call for a GPU)
    torch.default_generator.manual_seed(next(_questions))
    fresh, before, switched = copied(args), chance.states(), settings.now()
    try:
        for _ in range(times):
            answer = Answer(call(fresh))
    except TimeUp:
        raise
    except BaseException as error:    # also SystemExit and whatever a learner derives from BaseException
        answer = Answer(error=error)
    answer.after, answer.drew = fresh, chance.moved(before)
    answer.left = settings.left(fresh, args, switched)
    answer.changed = tuple(name for name in args if not _unchanged(fresh[name], args[name]))
    return answer


def elsewhere(answer):
    """Say what an Answer handed back or left on another device than the CPU, where all questions come from; or ""."""
    values = answer.value if isinstance(answer.value, (list, tuple)) else [answer.value]
    places = {"the answer is": map(_place, values)}
    places |= {f"it leaves `{name}`": [_place(value)] for name, value in answer.after.items()}
    return next((f"{what} on {place}, cpu was wanted." for what, found in places.items()
                 for place in found if place.type != "cpu"), "")


def _place(value):
    if isinstance(value, torch.nn.Module):
        value = next(value.parameters(), None)
    return value.device if isinstance(value, torch.Tensor) else torch.device("cpu")


def as_number(value):
    """Return a number as a tensor: in float32, for it may have been computed in that; all else as it is."""
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == () and value.dtype.kind in "fiu":
        value = value.item()    # an array without axes, too
    if isinstance(value, numbers.Real) and not isinstance(value, bool):    # Python's and NumPy's
        return torch.tensor(float(value), dtype=torch.float32)
    if isinstance(value, torch.Tensor) and value.dtype in (torch.int32, torch.int64):
        return value.double()
    return value


def draws_anew(draw, what):
    """Complain if `draw(source)` heeds neither the seed of the source nor what was drawn from it before."""
    source = torch.Generator().manual_seed(1)
    first, other = draw(source), draw(torch.Generator().manual_seed(2))
    torch.rand(100, generator=source)
    later = draw(source)
    if not all(isinstance(x, torch.Tensor) and x.shape == first.shape for x in (first, other, later)):
        return None
    if torch.equal(first, other):
        return f"Two different seeds give the same {what}: hand `generator=source` to every random function."
    if torch.equal(first, later):
        return (f"Asked again with the same source, which has moved on, it draws the same {what}: hand "
                "`generator=source` to every random function, and seed nothing.")
    return None


def slope(value, networks):
    """Return the gradient of a value by all weights of some networks, in one row; None where none flows to any."""
    weights = [p for network in networks for p in getattr(network, "parameters", list)() if p.requires_grad]
    if not isinstance(value, torch.Tensor) or not value.requires_grad or not weights:
        return None
    entries = value * torch.linspace(1, 2, value.numel(), dtype=value.dtype).reshape(value.shape)    # no two alike
    try:
        found = torch.autograd.grad(entries.sum(), weights, allow_unused=True, retain_graph=True)
    except RuntimeError:    # `backward` would stop as well
        return None
    if all(part is None for part in found):
        return None
    return torch.cat([(torch.zeros_like(p) if part is None else part).flatten() for p, part in zip(weights, found)])


class Network(torch.nn.Module):
    """A function as a network without weights, for `model.eval()` and its like. asked: every t it was called with."""

    def __init__(self, function):
        super().__init__()
        self.function, self.asked = function, []

    def forward(self, x, t):
        """Return the function's answer."""
        self.asked += torch.as_tensor(t).flatten().tolist()
        return self.function(x, t)


def copied(args):
    """Return a copy of all arguments at once: an optimizer goes on holding the weights of the model beside it."""
    generators = {id(value): torch.Generator(value.device).set_state(value.get_state())
                  for value in args.values() if isinstance(value, torch.Generator)}
    return copy.deepcopy(args, generators)


def _unchanged(value, before):
    if isinstance(before, torch.Tensor):
        return (value.shape, value.device) == (before.shape, before.device) and torch.equal(value, before)
    if isinstance(before, torch.Generator):
        return True    # it is there to be used
    if isinstance(before, torch.nn.Module):
        return all(map(_unchanged, [*value.parameters(), *value.buffers()], [*before.parameters(), *before.buffers()]))
    if isinstance(before, (list, tuple)):
        return len(value) == len(before) and all(map(_unchanged, value, before))
    if isinstance(before, (numbers.Number, str)):    # in a list, it may have been put in the place of another
        return isinstance(value, (numbers.Number, str)) and value == before
    return all(_unchanged(vars(value).get(name), old) for name, old in getattr(before, "__dict__", {}).items())


def said(error, function):
    """Return an error in one line: its type, its first line, and the learner's line that raised it."""
    try:
        text = str(error).strip().splitlines()[:1]
    except Exception:
        text = []
    words = ": ".join([type(error).__name__, *text])[:200].replace(": , ", ", ", 1)
    file, line, step = getattr(getattr(function, "__code__", None), "co_filename", None), "", error.__traceback__
    while step:
        if step.tb_frame.f_code.co_filename == file:
            line = linecache.getline(file, step.tb_lineno).strip()
        step = step.tb_next
    if words.endswith("`"):    # in grading, where the other process has said the line
        return words
    words, line = (part.replace("`", "'") for part in (words, line[:100]))    # backticks stand around code
    return words + (f", in the line `{line}`" if line else ".")
