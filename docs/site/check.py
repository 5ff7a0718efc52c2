"""Checks a built site: every link inside leads somewhere, nothing is loaded from another host, one search box on each page."""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

# What a browser loads by itself; links that a person follows are not among them.
LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src", "embed": "src", "object": "data"}


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.ids, self.links, self.loaded, self.searches = set(), [], [], 0

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        self.ids.update(filter(None, (named.get("id"), named.get("name") if tag == "a" else None)))
        if tag == "a" and named.get("href"):
            self.links.append(named["href"])
        if tag == "link" and named.get("href"):
            self.loaded.append(named["href"])
        if tag in LOADED and named.get(LOADED[tag]):
            self.loaded.append(named[LOADED[tag]])
        if tag == "input" and named.get("name") == "q" and "sidebar-search" in (named.get("class") or ""):
            self.searches += 1


def main():
    site = Path(sys.argv[1]).resolve()
    pages = {}
    for path in site.rglob("*.html"):
        if "_static" not in path.parts:
            pages[path] = Page()
            pages[path].feed(path.read_text())
    wrong = []
    links = 0
    for path, page in pages.items():
        name = path.relative_to(site)
        wrong += [f"{name} loads {address}" for address in page.loaded if address.startswith(("http:", "https:", "//"))]
        if page.searches != 1:
            wrong.append(f"{name} has {page.searches} search boxes")
        for link in page.links + page.loaded:
            address, anchor = urldefrag(link)
            if ":" in address.split("/")[0] or address.startswith("//"):
                continue
            links += 1
            target = (path.parent / unquote(address.split("?")[0])).resolve() if address else path
            if not target.is_file():
                wrong.append(f"{name}: no file for {link}")
            elif anchor and target in pages and unquote(anchor) not in pages[target].ids:
                wrong.append(f"{name}: no anchor for {link}")
    for path in site.rglob("*.css"):
        text = path.read_text()
        if "url(http" in text or "url(//" in text or "@import url" in text:
            wrong.append(f"{path.relative_to(site)} loads something from another host")
    listed = (site / "llms.txt").read_text()
    for address in [part.split(")")[0] for part in listed.split("](")[1:]]:
        if not (site / address).is_file():
            wrong.append(f"llms.txt: no file for {address}")
    if wrong:
        sys.exit("docs/site/check.py:\n" + "\n".join(sorted(set(wrong))))
    print(f"documentation site: {len(pages)} pages, {links} links inside, nothing from other hosts")


main()
