"""Lays the sources of the site out in one folder: docs/ as it is, what it links to outside of docs/ under source/, and generated
pages. Links are rewritten to where their targets lie. A link to a file that doesn't exist stops the build: stage.py FOLDER"""

import os
import re
import shutil
import sys
from pathlib import Path

from reference import api, configuration, llms

ROOT = Path(__file__).resolve().parents[2]
SITE = Path(__file__).resolve().parent
LINK = re.compile(r"(\]\()([^)\s]+)(\))")
FENCE = re.compile(r"^ *(```|~~~)")
# Pages that are made, by their name in docs/.
MADE = {"docs/configuration.md", "docs/api.md"}
# Pages that no page of docs/ links to, and the site has.
MORE = ["CHANGELOG.md", "SECURITY.md", "ARCHITECTURE.md", "CONTRIBUTING.md"]


class Stage:
    def __init__(self, folder):
        self.folder = folder
        self.left = []
        self.seen = set()
        self.broken = []

    def place(self, path, wanted=False):
        """Where a file of the repository lies in the site. A folder is its README, or a list of its files."""
        if path == "docs":
            return "index.md"
        if (ROOT / path).is_dir():
            readme = f"{path}/README.md"
            path = readme if (ROOT / readme).is_file() else f"{path}/index.md"
        if path == "config/default.toml":
            return "configuration.md"
        if wanted:
            self.want(path)
        return path.removeprefix("docs/") if path.startswith("docs/") else f"source/{path}"

    def want(self, path):
        if path not in self.seen:
            self.seen.add(path)
            self.left.append(path)

    def run(self):
        for path in sorted((ROOT / "docs").rglob("*")):
            if path.is_file() and SITE not in path.parents:
                self.want(path.relative_to(ROOT).as_posix())
        for path in MORE:
            self.want(path)
        while self.left:
            self.copy(self.left.pop())
        self.page("docs/index.md", (SITE / "index.md").read_text())
        self.page("docs/configuration.md", configuration((ROOT / "config/default.toml").read_text()))
        self.page("docs/api.md", api((ROOT / "docs/openapi.json").read_text()))
        while self.left:
            self.copy(self.left.pop())
        if self.broken:
            sys.exit("docs/site: links to nothing:\n" + "\n".join(sorted(self.broken)))
        extra = self.folder / "extra"
        extra.mkdir()
        (extra / "llms.txt").write_text(llms((SITE / "index.md").read_text(), self.folder))
        for name in ("conf.py",):
            shutil.copy(SITE / name, self.folder)

    def copy(self, path):
        source = ROOT / path
        if path.endswith(".md") and not source.is_file() and source.parent.is_dir():
            files = sorted(each.name for each in source.parent.iterdir() if not each.name.startswith("."))
            listed = "\n".join(f"- [{name}]({name})" for name in files)
            self.page(path, f"# {source.parent.relative_to(ROOT)}\n\n{listed}\n")
        elif path.endswith(".md"):
            self.page(path, source.read_text())
        else:
            target = self.folder / self.place(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)

    def page(self, path, text):
        target = self.folder / self.place(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        lines, fenced = [], False
        for line in text.split("\n"):
            if FENCE.match(line):
                fenced = not fenced
            lines.append(line if fenced else LINK.sub(lambda link: self.rewrite(path, link), line))
        target.write_text("\n".join(lines))

    def rewrite(self, path, link):
        address, hash_, anchor = link[2].partition("#")
        if re.match(r"[a-z]+:", address) or not address:
            return link[0]
        wanted = os.path.normpath(os.path.join(os.path.dirname(path), address))
        if wanted not in MADE and not (ROOT / wanted).exists():
            self.broken.append(f"{path}: {link[2]}")
            return link[0]
        place = wanted.removeprefix("docs/") if wanted in MADE else self.place(wanted, wanted=True)
        here = os.path.dirname(self.place(path))
        return link[1] + os.path.relpath(place, here or ".") + hash_ + anchor + link[3]


def main():
    folder = Path(sys.argv[1])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    Stage(folder).run()


main()
