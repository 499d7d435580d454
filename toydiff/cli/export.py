"""The command `toydiff export`: a notebook becomes a page for readers without a kernel."""

from pathlib import Path

from ..support.files import not_over, writable, write_whole
from .options import add_command

EXAMPLES = """examples:
  toydiff export notebooks/01_data.ipynb
  toydiff export notebooks/01_data.ipynb --output data.html
"""


def export(options):
    """Run a notebook and write it as one HTML file that works from disk: no kernel, no network, sliders that move."""
    # here, so that the other commands need no nbconvert
    from ..notebook.export import page

    output = options.output or options.notebook.with_suffix(".html")
    writable(output)
    not_over(output, options.notebook)
    content = page(options.notebook).encode()
    write_whole(output, lambda file: file.write(content))
    print(f"Saved {output} ({len(content) / 1e6:.1f} MB)")


def add(commands):
    """Add the command."""
    parser = add_command(commands, export)
    parser.epilog = EXAMPLES
    parser.add_argument("notebook", type=Path, metavar="NOTEBOOK", help="a notebook, such as notebooks/01_data.ipynb")
    parser.add_argument("--output", type=Path, metavar="FILE", help="default: NOTEBOOK with .html for .ipynb")
