"""A notebook as one page that needs neither kernel nor network: its sliders move, its formulas are read anywhere."""

import base64
import mimetypes
import os
import re
import subprocess
import urllib.parse
import warnings
from html import escape, unescape
from pathlib import Path
from xml.etree.ElementTree import tostring

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

# nbconvert's page, without the scripts that it fetches from elsewhere, and with the pictures' alternative text.
# What is said to be a picture stays within its tag.
PICTURE = """{%% block data_%s scoped %%}<div class="jp-RenderedImage jp-OutputArea-output"><img
src="data:%s;base64,{{ output.data['%s'] | escape_html }}"
alt="{{ (output | get_metadata('alt', '%s') or '') | escape_html }}"></div>{%% endblock %%}
"""
TEMPLATE = """{% extends "lab/index.html.j2" %}
{% block html_head_js %}{% endblock %}
{% block html_head_js_mathjax %}{% endblock %}
{% block html_head_js_mermaidjs %}{% endblock %}
{% block html_head_css %}<style>main { max-width: 1000px; margin: auto } math { font-size: 1.1em }
main .toydiff-wide { display: block; overflow-x: auto }
main .jp-RenderedHTMLCommon :is(p, li, td) a { text-decoration: underline !important }
main .jp-InputPrompt, main .jp-OutputPrompt { opacity: 1 !important }
main { --jp-cell-prompt-not-active-font-color: #595959; --jp-cell-inprompt-font-color: #2457a8;
  --jp-cell-outprompt-font-color: #a63f19; --jp-mirror-editor-comment-color: #2b6161;
  --jp-mirror-editor-operator-color: #7a00cc; --jp-mirror-editor-keyword-color: #006b00;
  --jp-mirror-editor-string-color: #a31515; --jp-mirror-editor-number-color: #005f33 }</style>{% endblock %}
{% block input_group %}{% if cell.metadata.get("jupyter", {}).get("source_hidden") %}<details class="toydiff-code">
<summary>the code of this cell</summary>{{ super() }}</details>{% else %}{{ super() }}{% endif %}{% endblock %}
{% block data_mermaid scoped %}<pre>{{ output.data['text/vnd.mermaid'] | escape_html }}</pre>{% endblock %}
""" + "".join(PICTURE % (name, kind, kind, kind) for name, kind in (
    ("png", "image/png"), ("jpg", "image/jpeg"), ("svg", "image/svg+xml")))


def page(path):
    """Run a notebook in a fresh kernel, in its own folder, and return it as HTML.

    Raises ValueError where the file is no notebook, where a cell fails, and where latex2mathml is missing.
    """
    path = Path(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")    # of old forms of notebooks; what is wrong is said in a line
        notebook = read(path)
        _markup("x")    # before the work, not after it
        run_for_readers(notebook, path)
        exporter = _Page(extra_loaders=[jinja2.DictLoader({"page.html.j2": TEMPLATE})], template_file="page.html.j2",
                         embed_images=True)
        resources = {"metadata": {"name": _title(notebook), "path": str(path.parent)}}
        try:
            return exporter.from_notebook_node(notebook, resources)[0]
        except Exception as error:    # stranger than we thought
            why = (str(error).splitlines() or [""])[0][:200]
            raise ValueError(f"{path} cannot be made a page: {type(error).__name__}: {why}") from error


def read(path):
    """Return the notebook in a file. Raises ValueError where there is none in it."""
    try:
        notebook = nbformat.reads(path.read_text(encoding="utf-8-sig"), as_version=4)
    except Exception as error:
        if isinstance(error, OSError):
            raise
        raise ValueError(f"{path} is not a notebook") from error
    notebook.metadata.pop("widgets", None)    # of another run; Colab leaves them without a state
    return notebook


def run_for_readers(notebook, path):
    """Run a notebook of the folder of `path`; its outputs become what is read and used without a kernel."""
    _run(notebook, path)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = _as_seen([output for output in cell.outputs if _is_for_readers(output)])


def _run(notebook, path):
    client = NotebookClient(notebook, timeout=CELL_SECONDS, kernel_name="python3", store_widget_state=False,
                            resources={"metadata": {"path": str(path.parent)}})
    try:
        client.execute(env={"OMP_NUM_THREADS": "1", **os.environ, EXPORT: "1"}, **dict.fromkeys(
            ("stdout", "stderr"), subprocess.DEVNULL))    # a kernel dies of a closed one
    except CellExecutionError as error:
        number = next(i for i, cell in enumerate(notebook.cells, start=1)
                      if any(output.output_type == "error" for output in cell.get("outputs", [])))
        raise ValueError(f"{path}: cell {number} fails: {error.ename}: {error.evalue}") from error
    except CellTimeoutError as error:
        raise ValueError(f"{path}: a cell takes longer than {CELL_SECONDS} s") from error
    except (DeadKernelError, AssertionError) as error:    # nbclient's own assert, when Ctrl-C has ended the kernel
        raise ValueError(f"{path}: the kernel died or was stopped") from error
    finally:
        if client.km is not None:    # a signal leaves nbclient no time for the file by which they found each other
            client.km.cleanup_connection_file()


def _is_for_readers(output):
    """Does it say something without a kernel? Takes the widget from what has a picture beside it."""
    if output.output_type == "stream":
        return output.name != "stderr"    # progress bars
    data = output.get("data", {})
    if isinstance(svg := data.get("image/svg+xml"), str):    # as a picture it runs no script
        data["image/svg+xml"] = base64.b64encode(svg.encode(errors="replace")).decode()
    return data.pop(WIDGET, None) is None or bool(RENDERED & data.keys())


def _as_seen(outputs):
    """The outputs with all that was printed as one, without what was written over.

    nbclient's coalesce_streams does the same, by an expression that takes a minute for a line of 250,000 letters.
    """
    printed = [output for output in outputs if output.output_type == "stream"]
    if printed:
        lines = "".join(output.text for output in printed).split("\n")
        printed[0].text = "\n".join(line[line.rstrip("\r").rfind("\r") + 1:] for line in lines)
    return [output for output in outputs if output.output_type != "stream" or output is printed[0]]


def _title(notebook):
    text = "".join(cell.source for cell in notebook.cells[:1])
    return re.sub(r"^#*\s*", "", text).split("\n")[0] or "toydiff"


def _markup(formula, display="inline"):
    """Return a formula in TeX as MathML, which browsers draw by themselves; one that is none as it is written."""
    try:
        from latex2mathml.converter import convert_to_element
    except ImportError as error:
        raise ValueError("formulas need latex2mathml: pip install latex2mathml") from error
    try:
        tree = convert_to_element(formula, display=display)
        for element in tree.iter():    # some texts are written as HTML, those of \text as they came
            element.text, element.tail = (unescape(text) if text else text for text in (element.text, element.tail))
            element.attrib.pop("href", None)
        return tostring(tree, encoding="unicode")
    except Exception:
        return f"<code>{escape(formula)}</code>"


def _wide(html, what, tag="div"):
    """What may be too wide for a phone: it scrolls by itself, by keyboard as well."""
    return f'<{tag} class="toydiff-wide" tabindex="0" role="group" aria-label="{what}">{html}</{tag}>\n'


class _Renderer(IPythonRenderer):
    """Markdown of which nothing is fetched from elsewhere."""

    def block_math(self, body):
        return _wide(_markup(body, "block"), "formula", "span")    # within a paragraph

    def table(self, text):
        return _wide(f"<table>\n{text}</table>", "table")

    def inline_math(self, body):
        return _markup(body)

    def latex_environment(self, name, body):
        return _markup(f"\\begin{{{name}}}{body}\\end{{{name}}}", "block")

    def block_mermaidjs(self, code):
        return f"<pre>{escape(code)}</pre>"

    def image(self, text, url, title=None):
        """The picture, where it is attached or lies in the notebook's folder; of others what they show."""
        if url.startswith("attachment:"):
            there = url.removeprefix("attachment:") in self.attachments
        else:
            kind, base = mimetypes.guess_type(url)[0] or "", Path(self.path).resolve()
            file = (base / urllib.parse.unquote(url)).resolve()
            there = kind.startswith("image/") and base in file.parents and file.is_file()
        return super().image(text, url, title) if there or url.startswith("data:image/") else escape(text)

    def _html_embed_images(self, html):
        """Within the tags of pictures alone: nbconvert would close, in each piece of HTML, what a later one closes."""
        embed = super()._html_embed_images
        end = html.rfind(">") + 1    # behind it each <img would be looked through in vain, as often as there are any
        return re.sub(r"<img\b[^>]*>", lambda tag: embed(tag[0]), html[:end]) + html[end:]

    def link(self, text, url, title=None):
        if re.match(r"(javascript|vbscript|data):", re.sub(r"[\s\x00-\x20]", "", url.lower())):
            return text
        # to the page of a notebook beside it
        return super().link(text, re.sub(r"^(\w+)\.ipynb(?=$|#)", r"\1.html", url), title)


class _Page(HTMLExporter):
    @jinja2.pass_context
    def markdown2html(self, context, source):
        path = context.get("resources", {}).get("metadata", {}).get("path", "")
        renderer = _Renderer(escape=False, embed_images=True, path=path, exclude_anchor_links=True,
                             attachments=context.get("cell", {}).get("attachments", {}))
        return MarkdownWithMath(renderer=renderer).render(source)
