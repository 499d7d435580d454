"""What all tests share: the browser, and a plain word when there is none."""

from browser import NO_CHROMIUM, browser, lab, lab_folder  # noqa: F401


def pytest_terminal_summary(terminalreporter):
    """Say it where nobody overlooks it: what a learner sees was not tested."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if NO_CHROMIUM in str(report.longrepr)]
    if skipped:
        terminalreporter.write_line(
            f"NOT TESTED: {NO_CHROMIUM}, so {len(skipped)} tests in a real browser were left out. Install Chromium "
            "or Chrome to run them.", yellow=True, bold=True)
