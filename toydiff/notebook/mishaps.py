"""Two mishaps of everyone who works in a notebook, each told in a sentence instead of a traceback.

A cell that is run before the one that makes what it needs: which one that is. A cell that was stopped: what to do.
"""

import _weakrefset
import ast
import json
import os
import re
import signal
import sys
import threading
import weakref
from pathlib import Path

INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp,
         ast.GeneratorExp)    # have names of their own
STOPPED = "Stopped. Run on with what there is, or run this cell again."


def explain():
    """From now on tell them so, in this kernel; nothing happens outside of one."""
    try:
        from IPython import get_ipython
        shell = get_ipython()
    except ImportError:
        return
    if hasattr(shell, "kernel"):
        shell.set_custom_exc((NameError, KeyboardInterrupt), handle)
        shell.events.register("pre_run_cell", _stop_after_imports)    # the kernel sets its own before each cell


def _stop_after_imports(info):
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:    # else the cell awaits: the kernel cancels it
        signal.signal(signal.SIGINT, _interrupt)


def _interrupt(number, frame):
    """Interrupt the cell, but not where harm would come of it: there ask again a little later."""
    in_cell = False    # else IPython's own code runs: before, between and after the cell's statements
    while frame:
        if _must_end(frame.f_code):
            break
        in_cell |= frame.f_code.co_name == "<module>" and frame.f_globals is vars(sys.modules["__main__"])
        frame = frame.f_back
    if in_cell and not frame:
        raise KeyboardInterrupt
    threading.Timer(0.1, _again, [number]).start()


def _again(number):
    """Raise the signal in the main thread, which wakes it where it sleeps; Windows cannot."""
    if signal.getsignal(number) is signal.default_int_handler:
        return    # that cell is over and the kernel begins another: it would be left without an answer
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident, number)
    else:
        signal.raise_signal(number)


def _must_end(code):
    """Is this an import, of which half a module would break all later cells (torch loads some late)?

    Or what is called when an object goes? There Python ignores the interrupt and prints a traceback.
    """
    return (code.co_filename.startswith("<frozen importlib") or code.co_name == "__del__"
            or code.co_filename in (weakref.__file__, _weakrefset.__file__))


def handle(shell, kind, error, trace, tb_offset=None):
    """What IPython calls instead of showing a traceback."""
    sentence = STOPPED if kind is KeyboardInterrupt else too_early(shell, error)
    if sentence:
        shell._showtraceback(kind, sentence, [sentence])
    else:
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)


def too_early(shell, error):
    """Which cell makes the name that is missing, in a sentence; None if no cell of the notebook does."""
    name = getattr(error, "name", None)
    cells = _cells(shell.user_ns.get("In", []))
    here = shell.user_ns.get("In", [""])[-1].strip()
    for source in cells:
        if name in _makes(source) and source.strip() != here:
            first = next(line for line in source.splitlines() if line.strip())
            return (f"`{name}` is not there yet. It is made in the cell that begins\n\n    {first}\n\n"
                    "Run that one first, or all that is above: menu Run, Run All Above Selected Cell.")
    return None


def _cells(entered):
    """The code cells of the notebook that this is: named by the server, or the one that holds what was entered."""
    entered = {source.strip() for source in entered if source.strip()}
    named = os.environ.get("JPY_SESSION_NAME", "")
    best, most = [], 0
    for path in [Path(Path(named).name), *sorted(Path().glob("*.ipynb"))]:
        try:
            book = json.loads(path.read_text(encoding="utf-8"))
            cells = ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]
        except (OSError, ValueError, LookupError, TypeError):
            continue
        if path.name == Path(named).name:
            return cells
        found = len(entered.intersection(source.strip() for source in cells))
        if found > most:
            best, most = cells, found
    return best


def _makes(source):
    """The names that a cell makes when it runs."""
    source = re.sub(r"^(\s*)[%!].*", r"\1pass", source, flags=re.M)
    try:
        todo = list(ast.parse(source).body)
    except SyntaxError:
        return set()
    made = set()
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            made.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            made.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
        elif isinstance(node, INNER):
            made.add(getattr(node, "name", None))    # what is inside stays inside
        else:
            todo.extend(ast.iter_child_nodes(node))
    return made - {None}
