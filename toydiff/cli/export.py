"""The command `toydiff export`: a notebook becomes a page for readers without a kernel."""

from ..support.files import not_over, writable, write_whole
from .options import add_command, file_name

EXAMPLES = """examples:
  toydiff export notebooks/01_data.ipynb
  toydiff export notebooks/01_data.ipynb --output data.html
"""


def export(options):
    """Run a notebook and write it as one HTML file that works from disk: no kernel, no network, sliders that move."""
    # here, so that the other commands need no nbconvert
    from ..notebook.export import page

    if options.notebook.exists() and not options.notebook.is_file():    # a pipe would be waited for
        raise ValueError(f"{options.notebook} is not a notebook, but a folder, a device or a pipe")
    output = options.output or options.notebook.with_suffix(".html")
    writable(output)
    not_over(output, options.notebook)
    content = page(options.notebook).encode(errors="replace")    # half a character
    write_whole(output, lambda file: file.write(content))
    print(f"Saved {output} ({len(content) / 1e6:.1f} MB)")


def add(commands):
    """Add the command."""
    parser = add_command(commands, export)
    parser.epilog = EXAMPLES
    parser.add_argument("notebook", type=file_name, metavar="NOTEBOOK",
                        help="a notebook, such as notebooks/01_data.ipynb")
    parser.add_argument("--output", type=file_name, metavar="FILE", help="default: NOTEBOOK with .html for .ipynb")
