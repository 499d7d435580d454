"""What came of a notebook or a class, as it is shown on a terminal."""

from collections import Counter, defaultdict

from ..checks.engine.result import MARKS
from .texts import joined, more, tame

OTHER = "✗"        # every step without a mark of its own
LONG, SHORT = 300, 100    # characters of a remark, of a name or a remark in a table


def mark(result):
    """Return one character: ✓ passed, ○ not started, ? not checked, ✗ not yet."""
    return {**MARKS, "not checked": "?"}.get(result.step, OTHER)


def short(name):
    """Return the name of an exercise without its station."""
    return name.split(".", 1)[-1]


def one(report):
    """Return the text for one notebook: exercise by exercise, then what is to be remarked."""
    lines, name = [], tame(report.path.name, SHORT)
    if report.notebook:
        lines.append(f"{name}: {report.passed} of {len(report.results)} exercises of {report.notebook} "
                     f"hold ({report.seconds:.0f} s)")
    for result in report.results:
        mistake = f" [{result.mistake}]" if result.mistake else ""
        lines.append(f"{mark(result)} {short(result.exercise)}{mistake}" + (
            "" if result.passed else f"\n    {tame(result.message, 1000)}"))
        if result.see:
            lines.append(f"    Read again: {result.see[0]}, “{result.see[1]}”")
    lines += [f"{name}: {tame(remark, LONG)}" for remark in report.remarks()]
    return "\n".join(lines)


def by_notebook(rows):
    """Return {notebook: rows}, in the order of the course; under "" those that belong to none."""
    groups = defaultdict(list)
    for row in rows:
        groups[row.report.notebook].append(row)
    return {name: groups[name] for name in sorted(groups, key=lambda name: (name == "", name))}


def labels(rows):
    """Return what each row is called, no two alike: the student, with the file where there are several of one."""
    names = [tame(row.student, 40) or "?" for row in rows]
    several, used = Counter(names), Counter()
    for i, row in enumerate(rows):
        if several[names[i]] > 1:
            names[i] = f"{names[i]} ({tame(row.place or row.report.path.name, 60)})"
        used[names[i]] += 1
        if used[names[i]] > 1:
            names[i] += f" #{used[names[i]]}"
    return names


def mistakes(rows):
    """Return [(number of students, result that names it, students)] of every named mistake, the most frequent first."""
    made, told = defaultdict(list), {}
    for row in rows:
        for result in row.report.results:
            if result.mistake:
                made[result.exercise, result.mistake].append(row.student)
                told[result.exercise, result.mistake] = result
    return sorted(((len(set(students)), told[key], sorted(set(students))) for key, students in made.items()),
                  key=lambda entry: (-entry[0], entry[1].exercise, entry[1].mistake))


def table(rows):
    """Return the text for a class: who is where, and which mistakes are how frequent."""
    lines = []
    for notebook, group in by_notebook(rows).items():
        lines.append(notebook or "not graded")
        names = labels(group)
        width = max(map(len, names))
        for name, row in zip(names, group):
            marks = " ".join(map(mark, row.report.results))
            count = f"{row.report.passed}/{len(row.report.results)}  {marks}  " if notebook else ""
            lines.append(f"  {name:{width}s}  {count}{_why(row.report)}".rstrip())
        lines.append("")
    if found := mistakes(rows):
        lines.append("named mistakes")
        lines += [f"  {count:3d} × {short(result.exercise)}: {result.mistake}" for count, result, _ in found]
    return "\n".join(lines).rstrip()


def _why(report):
    """The named mistakes, and the first remark, in a few words."""
    named = ", ".join(f"{short(result.exercise)}: {result.mistake}" for result in report.results if result.mistake)
    remarks = report.remarks()
    rest = f" ({more(len(remarks) - 1)})" if len(remarks) > 1 else ""
    return joined(part for part in (named, tame(remarks[0], SHORT) + rest if remarks else "") if part)
