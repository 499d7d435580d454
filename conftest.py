"""How pytest and nbval look at the notebooks and the tests."""

# Drawn by the browser or written beside the result: nbval need not compare it.
NOT_COMPARED = ("text/html", "text/markdown", "image/svg+xml", "application/javascript", "stderr")


def pytest_collectstart(collector):
    if hasattr(collector, "skip_compare"):  # an nbval notebook
        collector.skip_compare += NOT_COMPARED
