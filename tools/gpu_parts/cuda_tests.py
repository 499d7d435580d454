"""The tests marked `cuda`, by pytest."""

import importlib.util
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
from pathlib import Path

from part import ROOT, Part

FILES = ["tests/textbook/test_cuda.py"]


def main():
    part = Part(__doc__)
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *FILES]
    if not importlib.util.find_spec("hypothesis"):
        command.insert(3, "--noconftest")
        part.note("without tests/conftest.py, which wants hypothesis")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        done = subprocess.run([*command, f"--junitxml={report}"], cwd=ROOT, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        print(done.stdout, flush=True)
        if not report.exists():
            part.fail(f"pytest ended with {done.returncode} and no report")
            part.finish()
        cases = list(xml.etree.ElementTree.parse(report).iter("testcase"))
    slow = {case.get("name"): float(case.get("time")) for case in cases}
    part.figure("seconds", dict(sorted(slow.items(), key=lambda item: -item[1])[:5]))
    skipped = [case.get("name") for case in cases if case.find("skipped") is not None]
    for case in cases:
        for trouble in [*case.findall("failure"), *case.findall("error")]:
            part.fail(f"{case.get('name')}: {(trouble.get('message') or '').splitlines()[0][:300]}")
    part.figure("tests", {"run": len(cases) - len(skipped), "failed": len(part.failures), "skipped": skipped})
    summary = re.findall(r"\d+ (?:passed|failed|skipped|error)", done.stdout.splitlines()[-1] if done.stdout else "")
    part.note(", ".join(summary) or f"pytest ended with {done.returncode}")
    if part.cuda and skipped:
        part.fail(f"{len(skipped)} tests were skipped: no GPU was found")
    if done.returncode and not part.failures:
        part.fail(f"pytest ended with {done.returncode}")
    part.finish()


if __name__ == "__main__":
    main()
