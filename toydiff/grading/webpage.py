"""What came of a class, as one page of HTML without scripts or foreign hosts: who is where, what stands in the way."""

from html import escape

from . import report as words

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #5b6570; --line: #d8dee4; --page: #fff; --bar: #d55e00;
  --good: #00694e; --good-back: #cdeee2; --bad: #9a3d00; --bad-back: #fbdcc9; --none-back: #eef0f2 }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebee; --soft: #a0a9b3; --line: #373e47; --page: #16191d;
  --good: #6fe0ba; --good-back: #123f32; --bad: #ffb48a; --bad-back: #56290f; --none-back: #262b32; --bar: #e8762b } }
* { box-sizing: border-box }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 1280px;
  margin: 0 auto; padding: 24px 28px 60px }
h1 { font-size: 24px; margin: 0 0 2px }
h2 { font-size: 20px; margin: 40px 0 8px }
h3 { font-size: 16px; margin: 24px 0 8px }
a { color: inherit }
code { font-size: 0.92em }
.soft { color: var(--soft) }
.point { font-size: 17px; margin: 8px 0 16px; padding: 10px 14px; border-left: 5px solid var(--bar);
  background: var(--none-back) }
.scroll { overflow-x: auto }
table { border-collapse: separate; border-spacing: 3px }
table.board { width: 100%; min-width: 900px; table-layout: fixed }
th { font-weight: 600; font-size: 13px; text-align: left; vertical-align: bottom; overflow-wrap: anywhere }
table th.student { width: 160px; font-weight: 400; font-size: 14px; vertical-align: middle; position: sticky; left: 0;
  background: var(--page) }
th small { display: block; color: var(--soft); font-weight: 400 }
th.of { width: 62px }
td { border-radius: 4px; padding: 3px 5px; font-size: 12px }
table.board th { font-size: 12px }
.board td { font-size: 11px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
td.good { background: var(--good-back); color: var(--good) }
td.bad { background: var(--bad-back); color: var(--bad) }
td.none { background: var(--none-back); color: var(--soft) }
.board td.of { text-align: right; font-size: 13px }
td.remark { color: var(--bad) }
.share { height: 8px; border-radius: 3px; background: var(--none-back); margin: 4px 0; display: flex; overflow: hidden }
.share i { background: var(--good) }
.share b { background: var(--bar) }
ol { list-style: none; padding: 0; margin: 0 }
ol li { display: grid; grid-template-columns: 160px 1fr; gap: 4px 14px; padding: 8px 0;
  border-top: 1px solid var(--line) }
.count { display: flex; align-items: center; gap: 8px; font-weight: 600; align-self: start }
.count i { height: 14px; background: var(--bar); border-radius: 3px; min-width: 4px }
details { border-top: 1px solid var(--line); padding: 7px 0 }
summary { cursor: pointer }
details p { margin: 6px 0 6px 20px }
@media (max-width: 640px) { body { padding: 16px 12px } ol li { grid-template-columns: 1fr } }
"""


def page(rows, title, when=""):
    """Return the page about Rows as text. title: what was graded; when: shown beside it."""
    students = {row.student for row in rows}
    groups, anchors = words.by_notebook(rows), {id(row): f"row-{i}" for i, row in enumerate(rows, 1)}
    parts = [f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
             f"<title>{escape(title)}</title><style>{STYLE}</style>",
             f"<h1>{escape(title)}</h1><div class=soft>{_counted(len(students), 'student')}, "
             f"{_counted(len(rows), 'notebook')}{', ' + escape(when) if when else ''}</div>"]
    for notebook, group in groups.items():
        parts.append((_section if notebook else _not_graded)(notebook, group, anchors))
    return "\n".join([*parts, _student_by_student(rows, anchors), "</html>\n"])


def _counted(count, thing):
    return f"{count} {thing}{'' if count == 1 else 's'}"


def _links(rows, anchors):
    """To what is said of each row below."""
    return [f"<a href='#{anchors[id(row)]}'>{escape(name)}</a>" for row, name in zip(rows, words.labels(rows))]


def _section(notebook, rows, anchors):
    """One notebook: the point in a sentence, the board of students and exercises, the named mistakes."""
    rows = sorted(rows, key=lambda row: (-row.report.passed, row.student.lower(), row.place))
    results = [row.report.results for row in rows]
    names = [result.exercise for result in results[0]] if results[0] else []
    head = "".join(f"<th><small>{i}</small>{escape(words.short(name))}{_share(column)}"
                   for i, (name, column) in enumerate(zip(names, zip(*results)), 1))
    body = "".join(f"<tr><th class=student>{link}<td class=of>{row.report.passed} / {len(row.report.results)}"
                   + "".join(_cell(result) for result in row.report.results) + _remark(row.report)
                   for row, link in zip(rows, _links(rows, anchors)))
    return (f"<h2>{escape(notebook)}</h2><div class=point>{_the_point(rows, names)}</div>"
            f"<div class=scroll><table class=board><tr><th class=student><th class=of>{head}<th>{body}</table></div>"
            "<div class=soft>✓ holds &nbsp; ✗ not yet, with the mistake where it has a name &nbsp; ○ not started "
            f"&nbsp; ? not checked</div>{_mistakes(rows)}")


def _the_point(rows, names):
    """What to talk about next time, in one or two sentences."""
    done = sum(row.report.complete for row in rows)
    start = f"<b>{done} of {len(rows)}</b> have solved everything."
    tried = {name: sum(result.exercise == name and words.mark(result) == words.OTHER for row in rows
                       for result in row.report.results) for name in names}
    hardest = max(tried, key=tried.get, default=None)
    if not hardest or not tried[hardest]:
        return start
    start += (f" Most are stuck at <b>{escape(words.short(hardest))}</b>: {tried[hardest]} of {len(rows)} have tried "
              "and not solved it")
    for count, result, _ in words.mistakes(rows):
        if result.exercise == hardest:
            return start + f", {count} of them with <b>{escape(result.mistake)}</b>: {rich(result.message)}"
    return start + "."


def _share(results):
    """A bar: how many have solved it, how many have tried."""
    marks = [words.mark(result) for result in results]
    shares = [100 * marks.count(mark) / max(len(marks), 1) for mark in ("✓", words.OTHER)]
    return (f"<div class=share title='{marks.count('✓')} of {len(marks)} have solved it'>"
            f"<i style='width:{shares[0]:.0f}%'></i><b style='width:{shares[1]:.0f}%'></b></div>")


def _cell(result):
    mark = words.mark(result)
    kind = {"✓": "good", words.OTHER: "bad"}.get(mark, "none")
    name = " " + escape(result.mistake) if result.mistake else ""
    return f"<td class={kind} title=\"{plain(result.message)}\">{mark}{name}"


def _remark(report):
    remarks = report.remarks()
    more = f" ({words.more(len(remarks) - 1)})" if len(remarks) > 1 else ""
    if not remarks:
        return "<td>"
    return f"<td class=remark title=\"{plain(words.joined(remarks))}\">! {plain(remarks[0])}{more}"


def _mistakes(rows):
    """The named mistakes, the most frequent first; those of one student alone are folded away."""
    found = words.mistakes(rows)
    if not found:
        return ""
    lines = [(count, f"<li><div class=count><i style='width:{110 * count / found[0][0]:.0f}px'></i>{count}</div>"
              f"<div><b>{escape(words.short(result.exercise))}: {escape(result.mistake)}</b> {rich(result.message)}"
              f"<div class=soft>{plain(', '.join(students))}</div></div>") for count, result, students in found]
    often, once = ("".join(line for count, line in lines if (count > 1) == more) for more in (True, False))
    alone = sum(count == 1 for count, _ in lines)
    rest = f"<details><summary>{_counted(alone, 'mistake')} of one student alone</summary><ol>{once}</ol></details>"
    return f"<h3>Mistakes that have a name</h3><ol>{often}</ol>{rest if alone else ''}"


def _not_graded(notebook, rows, anchors):
    lines = "".join(f"<tr><th class=student>{link}<td class=remark>{plain(row.place or row.report.path.name)}: "
                    f"{plain(words.joined(row.report.remarks()))}" for row, link in zip(rows, _links(rows, anchors)))
    return f"<h2>Not graded</h2><div class=scroll><table>{lines}</table></div>"


def _student_by_student(rows, anchors):
    """Everything that is not solved, in full."""
    parts = []
    for row in rows:
        lines = [f"<p>{words.mark(result)} <b>{escape(words.short(result.exercise))}</b> {rich(result.message)}"
                 for result in row.report.results if not result.passed]
        lines += [f"<p>{plain(remark)}" for remark in row.report.remarks()]
        count = f"{row.report.passed} of {len(row.report.results)}" if row.report.results else "not graded"
        parts.append(f"<details><summary><b>{plain(row.student)}</b> "
                     f"{plain(row.place or row.report.path.name)} <span class=soft>{count}</span></summary>"
                     f"<div id='{anchors[id(row)]}'>{''.join(lines) or '<p>Everything holds.'}</div></details>")
    return f"<h2>Student by student</h2>{''.join(parts)}"


def plain(text):
    """Foreign text, as long as a remark may be."""
    return escape(words.tame(text, 10 * words.LONG))


def rich(text):
    """Text in which `code` is set as such."""
    pieces = plain(text).split("`")
    if len(pieces) % 2 == 0:
        return "`".join(pieces)
    return "".join(f"<code>{piece}</code>" if i % 2 else piece for i, piece in enumerate(pieces))
