"""How a heading is linked to."""


def slug(text):
    """Return a heading's anchor as JupyterLab has it: the course's links then lead there in the book, too."""
    return text.strip().replace(" ", "-")
