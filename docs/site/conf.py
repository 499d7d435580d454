"""How Sphinx makes the book. Its sources are gathered by tools/site/build.py, which says where things are."""

import os
import re
import sys
import tomllib
from pathlib import Path

from sphinxcontrib import katex

ROOT = Path(os.environ["TOYDIFF_ROOT"])
sys.path.insert(0, str(ROOT))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

project = "toydiff"
author = "the toydiff contributors"
copyright = author
version = release = PROJECT["project"]["version"]
language = "en"
repository = PROJECT["project"]["urls"]["Repository"]
branch = PROJECT["tool"]["toydiff"]["branch"]

root_doc = "contents"
exclude_patterns = ["_static"]
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.viewcode", "sphinxcontrib.katex"]
myst_enable_extensions = ["amsmath", "dollarmath"]
myst_heading_anchors = 4
myst_heading_slug_func = "tools.site.headings.slug"
nb_execution_mode = "off"              # done before, by toydiff.notebook.export
nb_render_markdown_format = "myst"     # so that formulas in outputs are formulas
nb_code_prompt_show = nb_code_prompt_hide = "The code of this cell"
nb_output_stderr = "remove"
suppress_warnings = ["mystnb.unknown_mime_type", "myst.header"]

autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_preserve_defaults = True       # path=BUNDLED, not where that lies here
add_module_names = False

katex_prerender = True                 # formulas need no script in the page
katex_css_path = "katex/katex.min.css"
# Its server's socket exists a moment before it is listened at, too long on a busy machine; with a port it tries again.
katex.KaTeXServer.start_server_process = katex.KaTeXServer.start_network_socket
katex.STARTUP_TIMEOUT = 60    # seconds

html_theme = "sphinx_book_theme"
html_title = "toydiff"
html_static_path = [os.environ["TOYDIFF_SOURCES"] + "/_static"]
html_css_files = ["book.css"]
html_js_files = [("book.js", {"defer": "defer"})]
html_favicon = html_static_path[0] + "/board.svg"
html_copy_source = False
html_show_sphinx = False
html_last_updated_fmt = None
html_theme_options = {
    "repository_url": repository, "repository_branch": branch, "path_to_docs": "",
    "use_repository_button": True, "use_download_button": False, "use_fullscreen_button": False,
    "launch_buttons": {"colab_url": "https://colab.research.google.com", "binderhub_url": "https://mybinder.org",
                       "notebook_interface": "jupyterlab"},
    "logo": {"text": "toydiff"},
    "navbar_persistent": [],    # else a bar with a second search above everything
    "show_toc_level": 2, "show_navbar_depth": 1, "search_bar_text": "Search the course",
}


def as_rst(app, what, name, obj, options, lines):
    """Docstrings here are plain text, set by hand: columns stay as they are, arguments begin lines of their own."""
    paragraphs = re.split(r"\n\s*\n", "\n".join(lines).strip("\n"))
    lines[:] = []
    for paragraph in paragraphs:
        rows = paragraph.split("\n")
        if any(re.match(r"\s", row) or re.search(r"\S {2,}\S", row) for row in rows):
            lines += [".. code-block:: text", "", *("   " + row for row in rows), ""]
            continue
        items = re.split(r"\n(?=\w+(?:, \w+)*: )", paragraph)
        mark = "| " if len(items) > 1 else ""
        lines += [mark + marked_up(" ".join(item.split("\n"))) for item in items] + [""]


def without_fields(app, what, name, obj, skip, options):
    """Of a NamedTuple its docstring tells the fields; "Alias for field number 0" would tell nothing."""
    return True if type(obj).__name__ == "_tuplegetter" else None


def marked_up(text):
    """Text in which names in backticks are code and nothing else is markup."""
    return "``".join(part if i % 2 else re.sub(r"([\\*|_])", r"\\\1", part) for i, part in enumerate(text.split("`")))


def to_the_front(app, pagename, templatename, context, doctree):
    """The name above the contents leads to the front page, which is none of Sphinx's own."""
    context["theme_logo"] = {"text": "toydiff", "link": context["pathto"]("index.html", True)}


def setup(app):
    """Tell Sphinx of the docstrings, and of the way to the front."""
    app.connect("autodoc-process-docstring", as_rst)
    app.connect("autodoc-skip-member", without_fields)
    app.connect("html-page-context", to_the_front, priority=900)
