"""IPython for a worker: no terminal, no windows, no shell commands, no debugger; a cell runs by statements."""

import ast

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from ..checks.engine.guard import TimeUp
from . import texts

# cell magics that hand their text to another program, and line magics that open one
PROGRAMS = ("bash", "sh", "script", "system", "sx", "!", "python", "python2", "python3", "pypy", "perl", "ruby")
OPENERS = ("system", "sx", "edit", "ed", "debug", "pdb", "page", "psource", "pycat", "pastebin", "killbgscripts")
THROUGH = ("time", "capture")    # cell magics behind whose first line stands an ordinary cell


class Shell(InteractiveShell):
    """IPython, of which nothing is seen and which starts no other program: `!pip install` does nothing."""

    def system(self, command):
        """Run no command."""

    system_raw = system_piped = system

    def getoutput(self, command, split=True, depth=0):
        """Run no command."""
        return [] if split else ""

    def enable_gui(self, gui=None):
        """Ask for no windows."""

    def showtraceback(self, *args, **options):
        """Print nothing: the error is in the result."""

    showsyntaxerror = debugger = showtraceback

    def ask_exit(self):
        """Stop the cell alone."""
        raise SystemExit


def begin():
    """Return the one Shell of this process."""
    config = Config()
    config.HistoryManager.enabled = False
    shell = Shell.instance(config=config)
    shell.magics_manager.magics["cell"].update({name: _nothing for name in PROGRAMS})
    shell.magics_manager.magics["line"].update({name: _nothing for name in OPENERS})
    return shell


def _nothing(*args):
    """Stands for a magic that is not run in grading."""


class Cell:
    """A cell that is run statement by statement, like a notebook whose reader goes on where a line has failed.

    trouble: the first error, in a line, or ""; lost: {name: why} of what could not be imported.
    """

    def __init__(self, shell):
        self.shell, self.trouble, self.lost = shell, "", {}

    def run(self, source, after):
        """Run it all, unless it wants to end; call after() behind each statement."""
        for statement in self._statements(source):
            error = self._error_of(statement)
            if isinstance(error, ImportError):    # what else stands in the line may be there
                for name, alone in _single_imports(statement):
                    if (why := self._error_of(alone)) is not None:
                        self.lost[name] = in_a_line(why)
            if error is not None:
                self.trouble = self.trouble or in_a_line(error)
            after()
            if not (error is None or isinstance(error, Exception)):    # such as SystemExit
                return

    def _error_of(self, statement):
        result = self.shell.run_cell(statement, store_history=False, silent=True)
        error = result.error_before_exec or result.error_in_exec
        if isinstance(error, TimeUp):    # IPython has caught it
            raise error
        return error

    def _statements(self, source):
        """The statements as texts; above each as many lines are left empty as stand above it in the cell."""
        head, _, body = source.lstrip().partition("\n")
        if head.startswith("%%"):
            name = head[2:].split(" ")[0].strip()
            if self.shell.find_cell_magic(name) is None:    # elsewhere it is there, and may run what it is given
                self.trouble = f"there is no magic %%{name}"
                return self._statements(body)
            if name in THROUGH:
                return self._statements(body)
        try:
            text = self.shell.transform_cell(source)
            statements = ast.parse(text).body
        except Exception:    # to run it says what is wrong with it
            return [source]
        lines, found = text.split("\n"), []
        for statement in statements:
            first = min([statement.lineno, *(node.lineno for node in getattr(statement, "decorator_list", ()))])
            if found and first <= found[-1][1]:    # behind a semicolon
                found[-1][1] = max(found[-1][1], statement.end_lineno)
            else:
                found.append([first, statement.end_lineno])
        empty = "\n" if len(lines) < 1000 else ""
        return [empty * (first - 1) + "\n".join(lines[first - 1:last]) for first, last in found]


def _single_imports(text):
    """A statement that is nothing but imports as [(the name it binds, a statement for that alone)], else []."""
    statements, found = ast.parse(text).body, []
    if not all(isinstance(statement, (ast.Import, ast.ImportFrom)) for statement in statements):
        return []
    for statement in statements:
        for alias in statement.names:
            alone = type(statement)(**dict(ast.iter_fields(statement)) | {"names": [alias]})
            found.append((alias.asname or alias.name.split(".")[0], ast.unparse(alone)))
    return found


def in_a_line(error):
    """Return what an error of a cell says, in a line; its type at least."""
    name = type(error).__name__
    if isinstance(error, SyntaxError):
        return f"{name}: {error.msg}" + (f" (line {error.lineno})" if error.lineno else "")
    try:
        line = (str(error).strip().splitlines() or [""])[0]
    except Exception:    # it cannot say what it is
        return name
    if isinstance(error, MemoryError) or "allocate memory" in line:
        return texts.MEMORY
    return f"{name}: {line[:200]}".removesuffix(": ")
