"""Does a test notice when the code is wrong? Change one place after another, run the tests, count who stays alive.

    pip install cosmic-ray        # not among the course's packages; in another environment if you like
    nice python tools/mutation.py data forward_process mlp training > survivors.txt

cosmic-ray makes the mutants (mutmut passes over functions with a decorator: the sampler, the tables, the loss floor).
Nothing is written into the working tree: each mutant lives in a child process that has PyTorch already loaded and
gives the changed module in place of the file. Runs where there is os.fork.
"""

import argparse
import difflib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import random
import signal
import sys
import time
from pathlib import Path

import cosmic_ray.plugins
from cosmic_ray.mutating import mutate_code

ROOT = Path(__file__).parent.parent
FAMILIES = ("ReplaceBinaryOperator", "ReplaceUnaryOperator", "ReplaceComparisonOperator", "NumberReplacer",
            "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd", "AddNot",
            "ZeroIterationForLoop", "RemoveDecorator", "ReplaceBreakWithContinue")
# On floating tensors these fail at once, which would only flatter the figure.
FLATTERING = ("RShift", "LShift", "BitOr", "BitAnd", "BitXor", "_Mod", "Mod_", "IsNot", "_Is")
# Quick enough to be run for each mutant; what is left out takes minutes and tests the same formulas by their samples.
LEFT_OUT = ("not ceilings and not as_good_as_real and not loss_floor_is_exact and not finite_everywhere "
            "and not literature and not two_processes")
TESTED_WITH = {"support/normal": "oracle"}
QUICK = {"mlp", "training"}    # their own tests need fewer seconds than the drawn ones, and come first
TESTS = ROOT / "tests" / "textbook"
DRAWN = [TESTS / "test_properties.py", TESTS / "test_bad_input.py"]
WORDS = {    # of the drawn tests, those that ask the module
    "data": "whatever_the_board or cell or density or sample or Checkerboard or named or linear",
    "mlp": "network or MLP or count_parameters",
    "training": "loss or train or EMA or decayed_lr or drawn or learning_rate",
    "forward_process": "schedule or noise or predict or forward or linear or cosine or jump or Schedule",
    "sampling": "posterior or variance or step or walk or ddpm or sample or in_pieces or answer",
    "oracle": "oracle or score or normal or floor or turn",
    "support/normal": "oracle or score or normal or floor",
    "evaluation": "inside or balance or strays or wasserstein or evaluat or measure or excess or real",
}


def mutants(path):
    """Yield (operator, changed source) for every single change."""
    code = path.read_text(encoding="utf-8")
    seen = {code}
    for name in sorted(cosmic_ray.plugins.operator_names()):
        if not name.split("/")[1].startswith(FAMILIES) or any(word in name for word in FLATTERING):
            continue
        for occurrence in range(10_000):
            changed = mutate_code(code, cosmic_ray.plugins.get_operator(name)(), occurrence)
            if changed is None:
                break
            if changed not in seen:
                seen.add(changed)
                yield name.split("/")[1], changed


class Changed(importlib.machinery.SourceFileLoader, importlib.abc.MetaPathFinder):
    """Gives one module with another source than its file has."""

    def __init__(self, name, path, code):
        super().__init__(name, str(path))
        self.code = code

    def find_spec(self, name, path=None, target=None):
        """Return itself as the loader of its module."""
        return importlib.util.spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, name):
        """Return the changed source, compiled."""
        return compile(self.code, self.path, "exec")


def survives(module, path, code, timeout):
    """Run the module's tests in a child with the changed code; return whether all pass."""
    child = os.fork()
    if child == 0:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1), os.dup2(nothing, 2)
        sys.meta_path.insert(0, Changed(f"toydiff.{module}".replace("/", "."), path, code))
        sys.path.insert(0, str(ROOT))
        import pytest

        quick = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:nbval", "--disable-warnings"]
        own = TESTS / f"test_{TESTED_WITH.get(module, module)}.py"
        asked = [[*map(str, DRAWN), "-k", WORDS[module]], [str(own), "-k", LEFT_OUT]]
        for tests in reversed(asked) if module in QUICK else asked:
            if pytest.main([*quick, *tests]) != 0:
                os._exit(1)
        os._exit(0)
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False    # an endless loop is noticed


def main():
    """Count for each module; print the survivors as differences."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="+", choices=list(WORDS))
    parser.add_argument("--of", type=int, help="draw so many mutants of each module (default: all)")
    parser.add_argument("--timeout", type=float, default=240, help="seconds for a mutant (default %(default)s)")
    parser.add_argument("--list", action="store_true", help="only say how many there are")
    options = parser.parse_args()
    os.chdir(ROOT)
    os.environ.setdefault("OMP_NUM_THREADS", "1")    # on a busy machine two threads wait for each other
    for heavy in ("torch", "torch._dynamo", "hypothesis", "numpy", "pytest", "diffusers.schedulers",
                  "playwright.sync_api"):
        importlib.import_module(heavy)    # once, for all children

    for module in options.modules:
        path = ROOT / "toydiff" / f"{module}.py"
        code, found = path.read_text(encoding="utf-8"), list(mutants(path))
        print(f"{module}: {len(found)} mutants", flush=True)
        if options.list:
            continue
        if not survives(module, path, code, 10 * options.timeout):
            sys.exit(f"{module}: its tests fail already without a change")
        chosen = random.Random(0).sample(found, min(options.of or len(found), len(found)))
        alive = 0
        for i, (operator, changed) in enumerate(chosen, start=1):
            if survives(module, path, changed, options.timeout):
                alive += 1
                lines = list(difflib.unified_diff(code.splitlines(), changed.splitlines(), n=0, lineterm=""))[2:]
                print(f"{module} survivor {alive} ({operator})", *lines, sep="\n", flush=True)
            print(f"{module}: {i} of {len(chosen)}, {alive} alive", file=sys.stderr, flush=True)
        print(f"{module}: {len(chosen) - alive} of {len(chosen)} killed, {1 - alive / len(chosen):.1%}", flush=True)


if __name__ == "__main__":
    main()
