"""What pages refer to: every address in a folder of pages, and every place that an address can name."""

import urllib.parse
from html.parser import HTMLParser

ATTRIBUTES = ("href", "src", "data-from", "poster")


class Page(HTMLParser):
    """ids: the places of a page; links: (tag, address) of everything that it leads to or takes in."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links = {"", "top"}, []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids |= {attributes[name] for name in ("id", "name") if attributes.get(name)}
        self.links += [(tag, attributes[name]) for name in ATTRIBUTES if attributes.get(name)]


def pages(folder):
    """{path: Page} of all pages below a folder."""
    return {path: Page(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.html"))}


def broken(found):
    """[(page, address)] of links that lead nowhere in these pages and their folders."""
    lost = []
    for path, page in found.items():
        for _, address in page.links:
            parts = urllib.parse.urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
            there = target.is_file()
            if there and parts.fragment and target in found:
                there = urllib.parse.unquote(parts.fragment) in found[target].ids
            if not there:
                lost.append((path.name, address))
    return lost


def taken_in(found):
    """[(page, address)] of what pages fetch from elsewhere without being asked."""
    return [(path.name, address) for path, page in found.items() for tag, address in page.links
            if tag not in ("a", "form") and urllib.parse.urlsplit(address).scheme not in ("", "data")]
