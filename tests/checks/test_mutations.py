"""Mistakes that nobody planned: every solution, changed in one place by a machine, must fail its check.

Two kinds of change: of a node of the syntax tree (another operator, name, number, a call left out …) and of a single
character. What passes all the same is listed as a survivor in right_answers/ with the reason why it is no mistake, and
compared with the solution on other questions.

Of long functions a part is taken, drawn once for each; TOYDIFF_LONG=1 takes all 20,000 changes, as a night does.
"""

import ast
import copy
import dataclasses
import functools
import inspect
import os
import random
import sys

import pytest
import torch
import torch.utils._sympy.functions  # torch would load it late, and the time limit cut that in two

from toydiff.checks import EXERCISES, check
from toydiff.checks.engine import guard
from toydiff.checks.engine.asking import caller
from toydiff.checks.engine.ladder import answer_to, examine

from right_answers import SURVIVORS
from solution_functions import SOLUTIONS, built

MOST = 10**6 if os.environ.get("TOYDIFF_LONG") == "1" else 120    # of each kind, for each function
MUTANT = 1.0    # seconds that a mutant has: many never end
OPERATORS = [ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.Mod]
COMPARISONS = [ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq]
TWINS = [{"sqrt", "square", "exp"}, {"floor", "ceil", "round", "trunc"}, {"all", "any"}, {"sum", "prod", "mean"},
         {"min", "max"}, {"cos", "sin"}, {"cumprod", "cumsum"}, {"rand", "randn"}, {"beta", "alpha", "alpha_bar"},
         {"new_zeros", "new_ones"}, {"linspace", "logspace"}, {"float64", "float32"}]


def parameters(name):
    """What the function of an exercise takes."""
    return inspect.signature(EXERCISES[name].reference).parameters


def without_words(source):
    """The source without docstring and comments: there a change is none."""
    tree = ast.parse(source)
    tree.body[0].body.pop(0)
    return ast.unparse(tree)


def node_changes(node, names):
    """What to put in the place of a node, one by one."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        for value in {node.value + 1, node.value - 1, node.value * 2, -node.value} - {node.value}:
            yield ast.Constant(value)
    if isinstance(node, ast.BinOp):
        yield node.left
        yield node.right
        if not isinstance(node.op, (ast.Add, ast.Mult, ast.BitAnd)):    # a + b is b + a
            yield ast.BinOp(node.right, node.op, node.left)
        for kind in OPERATORS if type(node.op) in OPERATORS else [ast.BitOr, ast.BitXor]:
            if kind is not type(node.op):
                yield ast.BinOp(node.left, kind(), node.right)
    if isinstance(node, ast.Compare):
        for kind in COMPARISONS:
            if kind is not type(node.ops[0]):
                yield ast.Compare(node.left, [kind()], node.comparators)
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and not isinstance(node.func.value, ast.Name):
            yield node.func.value
        for i in range(len(node.args)):
            yield ast.Call(node.func, node.args[:i] + node.args[i + 1:], node.keywords)
        for i in range(len(node.keywords)):
            yield ast.Call(node.func, node.args, node.keywords[:i] + node.keywords[i + 1:])
    if isinstance(node, ast.Attribute):
        for twins in TWINS:
            if node.attr in twins:
                yield from (ast.Attribute(node.value, twin, node.ctx) for twin in sorted(twins - {node.attr}))
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
        yield from (ast.Name(other, node.ctx) for other in names if other != node.id)
    if isinstance(node, ast.Subscript):
        yield node.value


class Replace(ast.NodeTransformer):
    """Puts something else in the place of one node, counted from the front."""

    def __init__(self, number, other):
        self.number, self.other, self.at = number, other, -1

    def visit(self, node):
        self.at += 1
        return self.other if self.at == self.number else self.generic_visit(node)


def order_of_visits(tree):
    nodes = []

    class Look(ast.NodeTransformer):
        def visit(self, node):
            nodes.append(node)
            return self.generic_visit(node)

    Look().visit(tree)
    return nodes


def tree_mutants(source):
    tree = ast.parse(source)
    function = tree.body[0]
    names = [argument.arg for argument in function.args.args]
    names += [node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    for number, node in enumerate(order_of_visits(copy.deepcopy(tree))):
        for other in node_changes(node, names):
            changed = Replace(number, other).visit(copy.deepcopy(tree))
            yield ast.unparse(ast.fix_missing_locations(changed))
    for i in range(len(function.body) - 1):
        changed = copy.deepcopy(tree)
        del changed.body[0].body[i]
        yield ast.unparse(changed)


def character_mutants(source):
    start = source.index("\n") + 1
    for i in range(start, len(source)):
        if source[i].isspace():
            continue
        yield source[:i] + source[i + 1:]
        for group in ("0123456789", "+-*/%", "<>", "&|^", ".,", "()[]"):
            if source[i] in group:
                yield from (source[:i] + other + source[i + 1:] for other in group if other != source[i])


@functools.cache
def all_mutants(name):
    """{kind: the different mutants that compile}."""
    source = without_words(SOLUTIONS[name])
    found, seen = {}, {ast.dump(ast.parse(source))}
    for kind, make in (("tree", tree_mutants), ("character", character_mutants)):
        found[kind] = []
        for mutant in make(source):
            try:
                dump = ast.dump(ast.parse(mutant))
                compile(mutant, "mutant", "exec")
            except (SyntaxError, ValueError):
                continue
            if dump not in seen:
                seen.add(dump)
                found[kind].append(mutant)
    return found


def mutants(name):
    """{kind: all of them, or as many as there is time for}."""
    draw = random.Random(name)
    return {kind: draw.sample(those, min(MOST, len(those))) for kind, those in all_mutants(name).items()}


def survives(name, mutant):
    exercise = dataclasses.replace(EXERCISES[name], mistakes=[])    # only whether it passes is asked, not its name
    try:
        function = built(name, mutant)
    except Exception:
        return False
    try:
        return bool(guard.run(lambda: examine(exercise, function), MUTANT))
    except guard.TimeUp:
        return False


def changed_line(name, mutant):
    old, new = (source.splitlines() for source in (without_words(SOLUTIONS[name]), mutant))
    (line,) = [line.strip() for line, before in zip(new, old, strict=True) if line != before]
    return line


def shaken(args, seed):
    """Other arguments of the same kind: points and seeds drawn anew, tables and numbers as they are."""
    source = torch.Generator().manual_seed(seed)
    new = {"source": lambda value: source,
           "points": lambda value: torch.randn(value.shape, generator=source, dtype=value.dtype)}
    return {key: new["source" if key == "source" else "points"](value)
            if key == "source" or isinstance(value, torch.Tensor) and value.ndim == 2 else value
            for key, value in args.items()}


def asked(exercise, function, case, seed):
    """What a function answers to a question like this one: what is compared of it, or the kind of its error."""
    case = dataclasses.replace(case, args=shaken(case.args, seed))
    call = caller(exercise.reference, function)
    answer = answer_to(exercise, call, case)
    if answer.error is not None or answer.complaint:
        return type(answer.error), answer.complaint
    return exercise.measure(torch.as_tensor(answer.value), case.args)


def alike(one, two, tolerance):
    if isinstance(one, tuple) or isinstance(two, tuple):
        return isinstance(one, tuple) and one == two
    relative, absolute = tolerance
    if one.shape != two.shape:
        return False
    one, two = one.double(), two.double()
    near = (one - two).abs() <= absolute + relative * one.abs()    # absolute: a number, or one for each
    return bool((near | (one == two) | (one.isnan() & two.isnan())).all())


def answers_alike(name, mutant):
    exercise = EXERCISES[name]
    for seed in range(20):
        for case in exercise.cases:
            rough = exercise.any_float or torch.float32 in (d.dtype for d in case.args.values() if hasattr(d, "dtype"))
            one, two = (asked(exercise, built(name, source), case, seed) for source in (None, mutant))
            if exercise.exact and not isinstance(two, tuple):    # two draws differ more than each from what is exact
                one = exercise.exact(case.args)
            if not alike(one, two, exercise.tolerance[0 if rough else 1]):
                return False
    return True


@pytest.fixture(autouse=True)
def interrupted_anywhere(monkeypatch):
    """What never ends is stopped wherever it is, in a destructor too; there Python can only tell, and goes on."""
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: None)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SOLUTIONS)
def test_a_change_in_one_place_is_noticed(name):
    """What is not noticed is in the list above, and gives the same answers to questions the check does not ask."""
    assert sum(map(len, mutants(name).values())) >= 20
    for kind, those in mutants(name).items():
        passed = [mutant for mutant in those if survives(name, mutant)]
        assert [m for m in passed if changed_line(name, m) not in SURVIVORS] == []
        assert all(answers_alike(name, m) for m in passed)
        assert len(passed) <= 0.1 * len(those) or len(those) < len(all_mutants(name)[kind])    # a part says less


@pytest.mark.filterwarnings("ignore")
def test_the_list_of_survivors_is_short():
    total = sum(len(those) for name in SOLUTIONS for those in all_mutants(name).values())
    assert len(SURVIVORS) <= 0.05 * total


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [name for name in SOLUTIONS if "source" not in parameters(name)])
def test_what_is_called_by_a_name_is_that_mistake(name):
    """No diagnosis by accident: it agrees with the named wrong formula also where the check did not ask."""
    exercise = EXERCISES[name]
    bank = {mistake.name: mistake.wrong for mistake in exercise.mistakes}
    rough = tuple(map(max, exercise.tolerance[0], (1e-3, 1e-5)))
    for mutant in sum(mutants(name).values(), []):
        try:
            function = built(name, mutant)
        except Exception:
            continue
        result = check(name, function, MUTANT)
        assert result.step != "not started" or exercise.handed_out
        for seed in range(3 if result.mistake else 0):
            for case in exercise.cases:
                one, two = asked(exercise, function, case, seed), asked(exercise, bank[result.mistake], case, seed)
                assert alike(one, two, rough), (result.mistake, changed_line(name, mutant))
