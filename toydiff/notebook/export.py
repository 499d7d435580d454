"""A notebook as one page that needs neither kernel nor network: its sliders move, its formulas are read anywhere."""

import os
import re
import subprocess
from html import escape
from pathlib import Path

import jinja2
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from .still import EXPORT

CELL_SECONDS = 600
WIDGET = "application/vnd.jupyter.widget-view+json"
RENDERED = {"image/png", "image/jpeg", "image/svg+xml", "text/html", "text/markdown", "text/latex"}

# nbconvert's page, without the scripts that it fetches from elsewhere, and with the pictures' alternative text
TEMPLATE = """{% extends "lab/index.html.j2" %}
{% block html_head_js %}{% endblock %}
{% block html_head_js_mathjax %}{% endblock %}
{% block html_head_js_mermaidjs %}{% endblock %}
{% block html_head_css %}<style>main { max-width: 1000px; margin: auto } math { font-size: 1.1em }</style>{% endblock %}
{% block input_group %}{% if cell.metadata.get("jupyter", {}).get("source_hidden") %}<details class="toydiff-code">
<summary>the code of this cell</summary>{{ super() }}</details>{% else %}{{ super() }}{% endif %}{% endblock %}
{% block data_png scoped %}<div class="jp-RenderedImage jp-OutputArea-output"><img
src="data:image/png;base64,{{ output.data['image/png'] }}"
alt="{{ (output | get_metadata('alt', 'image/png') or '') | escape_html }}"></div>{% endblock %}
"""


def page(path):
    """Run a notebook in a fresh kernel, in its own folder, and return it as HTML.

    Raises ValueError where the file is no notebook, where a cell fails, and where latex2mathml is missing.
    """
    path = Path(path)
    try:
        notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except Exception as error:
        if isinstance(error, OSError):
            raise
        raise ValueError(f"{path} is not a notebook") from error
    _markup("x")    # before the work, not after it
    _run(notebook, path)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if _is_for_readers(output)]
    exporter = _Page(extra_loaders=[jinja2.DictLoader({"page.html.j2": TEMPLATE})], template_file="page.html.j2",
                     embed_images=True)
    return exporter.from_notebook_node(notebook, {"metadata": {"name": _title(notebook), "path": str(path.parent)}})[0]


def _run(notebook, path):
    client = NotebookClient(notebook, timeout=CELL_SECONDS, kernel_name="python3", store_widget_state=False,
                            resources={"metadata": {"path": str(path.parent)}})
    try:
        client.execute(env={"OMP_NUM_THREADS": "1", **os.environ, EXPORT: "1"}, stderr=subprocess.DEVNULL)
    except CellExecutionError as error:
        number = next(i for i, cell in enumerate(notebook.cells, start=1)
                      if any(output.output_type == "error" for output in cell.get("outputs", [])))
        raise ValueError(f"{path}: cell {number} fails: {error.ename}: {error.evalue}") from error
    except CellTimeoutError as error:
        raise ValueError(f"{path}: a cell takes longer than {CELL_SECONDS} s") from error
    except (DeadKernelError, AssertionError) as error:    # nbclient's own assert, when Ctrl-C has ended the kernel
        raise ValueError(f"{path}: the kernel died or was stopped") from error


def _is_for_readers(output):
    """Does it say something without a kernel? Takes the widget from what has a picture beside it."""
    if output.output_type == "stream":
        return output.name != "stderr"    # progress bars
    return output.get("data", {}).pop(WIDGET, None) is None or bool(RENDERED & output.data.keys())


def _title(notebook):
    text = "".join(cell.source for cell in notebook.cells[:1])
    return re.sub(r"^#*\s*", "", text).split("\n")[0] or "toydiff"


def _markup(formula, display="inline"):
    """Return a formula in TeX as MathML, which browsers draw by themselves."""
    try:
        from latex2mathml.converter import convert
    except ImportError as error:
        raise ValueError("formulas need latex2mathml: pip install latex2mathml") from error
    return convert(formula, display=display)


class _Renderer(IPythonRenderer):
    """Markdown of which nothing is fetched from elsewhere."""

    def block_math(self, body):
        return _markup(body, "block")

    def inline_math(self, body):
        return _markup(body)

    def image(self, text, url, title=None):
        return escape(text) if url.startswith(("http:", "https:")) else super().image(text, url, title)

    def link(self, text, url, title=None):
        # to the page of a notebook beside it
        return super().link(text, re.sub(r"^(\w+)\.ipynb(?=$|#)", r"\1.html", url), title)


class _Page(HTMLExporter):
    @jinja2.pass_context
    def markdown2html(self, context, source):
        path = context.get("resources", {}).get("metadata", {}).get("path", "")
        renderer = _Renderer(escape=False, embed_images=True, path=path, exclude_anchor_links=True,
                             attachments=context.get("cell", {}).get("attachments", {}))
        return MarkdownWithMath(renderer=renderer).render(source)
