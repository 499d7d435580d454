"""What the book's pages say: notebooks made ready to be read, links that lead to pages, pages that only it has."""

import copy
import posixpath
import re

from . import front

BADGE = re.compile(r"\[!\[([^\]]*)\]\(https?:[^)]*\)\](?=\()")    # a picture from elsewhere as a link's text
BADGES = re.compile(rf"^(?:{BADGE.pattern}\([^)]*\)\s*)+$", re.MULTILINE)
LINK = re.compile(r"(?<=\]\()(?!https?:|mailto:|#|<)([^)\s#]+)(#[^)\s]*)?(?=\))")
HREF = re.compile(r'(?<=href=")(?!https?:|mailto:|#|data:)([^"#]+)(#[^"]*)?(?=")')
CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
CONTENTS = """# The course

You see every point on its way from data to noise and back, and write the algorithm as the papers have it, one equation
per line. Read here; to run it, take the rocket at the top of a notebook, or [install it]({install}).

```{{toctree}}
:caption: Notebooks
:hidden:

{notebooks}
```

```{{toctree}}
:caption: Exercises
:hidden:

{exercises}
```

```{{toctree}}
:caption: Guides
:hidden:

{guides}
```

```{{toctree}}
:caption: The textbook's modules
:hidden:

{modules}
```

{table}

The [solutions]({repository}/tree/{branch}/solutions), with the reasoning, are in the repository.
"""
MODULE = """# toydiff.{name}

```{{eval-rst}}
.. automodule:: toydiff.{name}
   :members:
   :show-inheritance:
```
"""


class Book:
    """Which files are pages, and where everything else is found."""

    def __init__(self, pages, modules):
        self.pages, self.modules = set(pages), modules
        self.repository, self.branch = front.address()

    def target(self, path, fragment, page, ending=None):
        """Where a link of a page leads: to a page of the book, or to the file in the repository.

        path: relative to the page; ending: what pages end with in the book, as their sources do if not given.
        """
        file = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
        module = re.fullmatch(r"toydiff/(\w+)\.py", file)
        if module and module[1] in self.modules:
            file = f"api/{module[1]}.md"
        elif file not in self.pages:
            kind = "blob" if "." in posixpath.basename(file) else "tree"
            return f"{self.repository}/{kind}/{self.branch}/{file}{fragment}"
        if ending:
            file = posixpath.splitext(file)[0] + ending
        return posixpath.relpath(file, posixpath.dirname(page) or ".") + fragment

    def with_links(self, text, page, ending=None):
        """Markdown, or HTML, whose links lead where the book has things; code stays as it is."""
        def lead(match):
            return self.target(match[1], match[2] or "", page, ending)

        return "".join(part if i % 2 else HREF.sub(lead, LINK.sub(lead, part))
                       for i, part in enumerate(CODE.split(text)))

    def own_pages(self, notebooks, exercises, guides):
        """{path: text} of the contents, and of a page for each module."""
        modules = {f"api/{name}.md": MODULE.format(name=name) for name in self.modules}
        install = "docs/install.md" if "docs/install.md" in self.pages else f"{self.repository}#start"
        questions = {station["notebook"]: station["question"] for station in front.stations()}
        rows = [f"| [{name.split('/')[1][:2]}]({name}) | {questions.get(name, '')} |" for name in notebooks]
        contents = CONTENTS.format(
            install=install, repository=self.repository, branch=self.branch,
            table="\n".join(["| notebook | the question it answers |", "|---|---|", *rows]),
            **{kind: "\n".join(names) for kind, names in {
                "notebooks": notebooks, "exercises": exercises, "guides": guides, "modules": modules}.items()})
        return modules | {"contents.md": contents}


def guide(text, name, book):
    """Return Markdown as Sphinx reads it: words for badges, links that lead to pages."""
    return book.with_links(BADGE.sub(r"[\1]", text), name)


def readable(notebook, name, book, with_files):
    """Return a notebook as Sphinx reads it: no badges, links that lead to pages, folded code, pictures in files."""
    shown = copy.deepcopy(notebook)
    for cell in shown.cells:
        if cell.cell_type == "markdown":
            cell.source = guide(BADGES.sub("", cell.source), name, book)
            continue
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), "hide-input"]
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            for kind in {"text/html", "text/markdown"} & data.keys():
                ending = ".html" if kind == "text/html" else None
                data[kind] = with_files(book.with_links("".join(data[kind]), name, ending))
    return shown
