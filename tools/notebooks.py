"""Execute the notebooks and write them in one normal form.

    python tools/notebooks.py             those whose code changed since they ran
    python tools/notebooks.py --all       all of them
    python tools/notebooks.py --check     change nothing, say what is wrong
    python tools/notebooks.py FILE ...    only these

In the normal form nothing depends on when, where or how often a notebook was
executed: an unchanged one, executed again, does not change by a byte, and a
diff shows what an author changed. What that takes stands in `normalise`.
"""

import argparse
import hashlib
import json
import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("notebooks", "solutions", "exercises")
WIDGET = "application/vnd.jupyter.widget-view+json"
RENDERED = {"image/png", "image/jpeg", "image/svg+xml", "text/html", "text/markdown", "text/latex"}
FOLDED = {"jupyter": {"source_hidden": True}, "cellView": "form"}    # in JupyterLab, in Colab
CELL_SECONDS = 300  # longer than any cell of the course, shorter than patience

MAX_BYTES, MAX_CODE_LINES, MAX_WORDS = 500_000, 15, 120
REASON = re.compile(r"(?P<quote>\"\"\"|''')(.*?)(?P=quote)", re.S)    # Markdown in the code of a cell that reveals


def read(path):
    """The notebook at `path`, in which every cell has an id."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    taken = {cell.get("id") for cell in raw["cells"]}
    for cell in raw["cells"]:
        if "id" not in cell:  # from the content, so that it is the same each time
            digest = hashlib.sha256("".join(cell["source"]).encode()).hexdigest()
            cell["id"] = next(i for n in range(99) if (i := f"{digest[:8]}-{n}") not in taken)
            taken.add(cell["id"])
    raw["nbformat_minor"] = max(raw.get("nbformat_minor", 0), 5)
    return nbformat.reads(json.dumps(raw), as_version=4)


def write(nb, path):
    """Write the notebook, all of it or nothing, and only if it changed."""
    text = nbformat.writes(nb) + "\n"
    if path.exists() and path.read_bytes() == text.encode():
        return
    draft = path.with_suffix(".draft")
    draft.write_text(text, encoding="utf-8", newline="\n")
    draft.replace(path)


def code_cells(nb):
    return [cell for cell in nb.cells if cell.cell_type == "code"]


def source_hash(nb):
    """Of the code alone: prose may be mended, and the course may move to
    another repository (the address in the set-up cell), without a new run."""
    code = "\0".join(cell.source for cell in code_cells(nb))
    code = re.sub(r"git\+https://[^\s\"']+", "git+https://", code)
    return hashlib.sha256(code.encode()).hexdigest()[:16]


def needs_run(nb):
    """Was the code edited, or run out of order, or not to its end?"""
    counts = [cell.execution_count for cell in code_cells(nb)]
    return (
        nb.metadata.get("toydiff", {}).get("source_hash") != source_hash(nb)
        or counts != list(range(1, len(counts) + 1))
        or any(out.output_type == "error" for cell in code_cells(nb) for out in cell.outputs)
    )


def execute(nb, folder):
    """Run all cells in a fresh kernel whose working directory is `folder`."""
    with tempfile.TemporaryDirectory() as profile:
        # An empty IPython profile: nobody's own start-up files reach the outputs. One
        # thread: sums come out the same whatever number of cores there is, and sooner.
        env = {"OMP_NUM_THREADS": "1", **os.environ, "IPYTHONDIR": profile, "PYTHONHASHSEED": "0"}
        client = NotebookClient(
            nb, timeout=CELL_SECONDS, kernel_name="python3",
            extra_arguments=["--IPKernelApp.log_level=ERROR"],
            resources={"metadata": {"path": str(folder)}},
        )
        client.execute(env=env)
    nb.metadata["toydiff"] = {"source_hash": source_hash(nb)}
    for cell in code_cells(nb):  # the run decides anew which cells are live
        cell.metadata["tags"] = [t for t in cell.metadata.get("tags", []) if t != "live"]


def reveals(cell):
    """Does the cell tell an answer? Then its source is folded: whoever has not guessed yet would read it there."""
    return cell.cell_type == "code" and ".reveal(" in cell.source


def folds(cell):
    """Is the source of the cell folded? Where it tells an answer, and where its author has tagged it so."""
    return reveals(cell) or "folded" in cell.metadata.get("tags", [])


def is_live(out):
    """Is it a widget's view or a progress bar, which lives only beside a kernel?"""
    if out.output_type == "stream":
        return out.name == "stderr" and ("\r" in out.text or "%|" in out.text or not out.text.strip())
    return WIDGET in out.get("data", {})


def normalise(nb):
    """Drop what differs from run to run; keep ids, sources, tags and results."""
    nb.metadata = nbformat.from_dict({
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "toydiff": nb.metadata.get("toydiff", {}),
    })
    for cell in nb.cells:
        tags, folded = set(cell.metadata.get("tags", [])), folds(cell)
        if cell.cell_type == "code":
            outputs = merged(cell.outputs)
            if any(map(is_live, outputs)):
                tags.add("live")
            cell.outputs = merged(without_live(outputs))
        cell.metadata = nbformat.from_dict(({"tags": sorted(tags)} if tags else {}) | (FOLDED if folded else {}))
    for count, cell in enumerate(code_cells(nb), start=1):
        cell.execution_count = count
        for out in cell.outputs:
            if out.output_type == "execute_result":
                out.execution_count = count


def merged(outputs):
    """The outputs, with neighbouring pieces of one stream as one."""
    kept = []
    for out in outputs:
        if kept and out.output_type == "stream" and kept[-1].get("name") == out.name:
            kept[-1].text += out.text
        else:
            kept.append(out)
    return kept


def without_live(outputs):
    """The outputs less widgets, their script and progress bars; a picture shown with a widget stays."""
    kept = []
    for out in outputs:
        if out.get("data", {}).get("text/html", "").startswith("<script>"):
            continue
        if not is_live(out):
            kept.append(out)
        elif RENDERED & out.get("data", {}).keys():
            del out.data[WIDGET]
            kept.append(out)
    return kept


def problems(nb, size):
    """What keeps a notebook from being committed, one line each."""
    if "widgets" in nb.metadata:
        yield "holds widget state"
    if needs_run(nb):
        yield "is not executed as it stands: make notebooks"
    if size > MAX_BYTES:
        yield f"has {size:,} bytes, at most {MAX_BYTES:,} are wanted"
    for i, cell in enumerate(nb.cells):
        words = len(re.findall(r"[^\W_][\w'’-]*", re.sub(r"\$.+?\$|\]\(.*?\)", " ", text_of(cell), flags=re.S)))
        if words > MAX_WORDS:
            yield f"cell {i}: {words} words, at most {MAX_WORDS} are wanted"
        if cell.cell_type == "code":
            lines = len(cell.source.splitlines())
            if not 1 <= lines <= MAX_CODE_LINES:
                yield f"cell {i}: {lines} lines of code, 1 to {MAX_CODE_LINES} are wanted"
            if cell.source.rstrip().endswith(";"):
                yield f"cell {i}: a `;` at the end, which nbval does not heed; give the value a name"
            for out in cell.outputs:
                if fault := output_fault(out):
                    yield f"cell {i}: {fault}"


def text_of(cell):
    """What is read in a cell: its Markdown, or the reason that it reveals."""
    if cell.cell_type == "markdown":
        return cell.source
    return "\n".join(text for _, text in REASON.findall(cell.source)) if reveals(cell) else ""


def output_fault(out):
    """What makes an output unfit to be kept, or None."""
    if out.output_type == "error":
        return f"raised {out.ename}: {out.evalue}"
    if is_live(out):
        return "its output is a live widget or a progress bar: make notebooks drops it"
    if out.get("name") == "stderr":
        return f"writes to stderr, a warning perhaps: {out.text.strip()[:80]!r}"
    text = out.get("text") or out.get("data", {}).get("text/plain", "")
    if found := re.search(r"0x[0-9a-f]{6,}|(?<!\w)/(?:home|root|Users|tmp)/\S*", text):
        return f"prints an address of this machine, {found[0]!r}"
    return None


def check(path):
    """All that is wrong with the notebook at `path`: an empty list is good."""
    nb = read(path)
    found = list(problems(nb, path.stat().st_size))
    if not found:
        normalise(nb)
        if (nbformat.writes(nb) + "\n").encode() != path.read_bytes():
            found.append("is not in normal form: make notebooks")
    return found


def run(path, force):
    """Execute the notebook if it needs it, and write it in normal form."""
    nb = read(path)
    if force or needs_run(nb):
        print(f"{path.name}: executing", flush=True)
        execute(nb, path.parent)
    normalise(nb)
    write(nb, path)
    return list(problems(nb, path.stat().st_size))


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="notebooks (default: all of the course)")
    parser.add_argument("--all", action="store_true", help="execute also what has not changed")
    parser.add_argument("--check", action="store_true", help="change nothing, exit with 1 if something is wrong")
    args = parser.parse_args(argv)

    files = args.files or [p for folder in FOLDERS for p in sorted((ROOT / folder).glob("*.ipynb"))]
    bad = 0
    for path in files:
        try:
            found = check(path) if args.check else run(path, args.all)
        except (OSError, ValueError, KeyError) as error:
            found = [f"cannot be read as a notebook: {error}"]
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            found = ["nothing was written, a cell failed:\n" + re.sub(r"\x1b\[[\d;]*m", "", str(error))]
        for line in found:
            print(f"{path}: {line}", file=sys.stderr)
        bad += bool(found)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
