"""Stands in for IPython where it is not installed: enough for a notebook's cells, run as plain Python."""

version_info = (9, 0, 0, "")    # matplotlib asks

def get_ipython():
    """There is no shell."""
