"""Writes random XML documents with libxml2's exclusive canonical form of an element in each, one JSON object a line.

Arguments: a seed, and how many documents. A line has `document`, `apex` (position of the element among all elements in document
order), `without` (position of a child element of the apex that is left out, or null), `prefixes` (the InclusiveNamespaces list) and
`canonical`. The documents hold what implementations get wrong: prefixes bound anew, undeclared default namespaces, declarations that
nobody uses, listed prefixes in and out of scope, tabs and line ends in attributes, character references, attributes whose order by
prefix differs from that by namespace, xml:lang, letters beyond the basic plane. A namespace has no `&`: libxml2 does not escape it.
"""

import copy
import io
import json
import random
import sys

from lxml import etree

PREFIXES = ["a", "b", "c", "xs", "zz", "A"]
NAMESPACES = ["urn:1", "urn:2", "urn:3", "http://example.com/%C3%BC", "urn:0"]
NAMES = ["x", "y", "Z", "_u", "ü", "e-1", "e.2"]
TEXTS = [
    "t", "  ", "\n", "\t", "&amp;", "&lt;", "&gt;", "]] &gt;", "&quot;", "'", '"', "&#13;", "&#xD;&#xA;", "&#x9;", "ü", "𝄞", "&#x1D11E;",
    "\u2028", "a\nb", "<![CDATA[<&>]]>", "\u0085", "&apos;",
]
VALUES = [
    "v", "", "  a  b ", "a\tb", "a\nb", "&#9;", "&#10;", "&#13;", "&amp;", "&lt;", ">", "&gt;", "&quot;", "'", "ü", "𝄞", "&#x1D11E;",
    "\u2028", "\u0085",
]
BLANKS = [" ", "  ", "\n", "\t", " \n "]


class Writer:
    def __init__(self, rng):
        self.rng = rng
        self.out = []
        self.elements = 0

    def element(self, depth, scope):
        rng, scope = self.rng, dict(scope)
        declared = {}
        for prefix in rng.sample(PREFIXES, rng.choice([0, 0, 1, 1, 2, 3])):
            declared[prefix] = rng.choice(NAMESPACES)
        if rng.random() < 0.3:
            declared[""] = rng.choice([*NAMESPACES, ""])
        scope.update(declared)
        usable = [prefix for prefix in scope if prefix]
        prefix = rng.choice(usable) if usable and rng.random() < 0.6 else ""
        name = f"{prefix}:" * bool(prefix) + rng.choice(NAMES)
        parts = []
        for declared_prefix, uri in declared.items():
            parts.append(("xmlns" + f":{declared_prefix}" * bool(declared_prefix), uri))
        seen = set()
        for _ in range(rng.choice([0, 0, 1, 2, 4])):
            of = rng.choice(usable) if usable and rng.random() < 0.5 else ""
            local = rng.choice(NAMES)
            expanded = (scope.get(of, "") if of else None, local)
            if expanded not in seen:
                seen.add(expanded)
                parts.append((f"{of}:" * bool(of) + local, rng.choice(VALUES)))
        if rng.random() < 0.1:
            parts.append(("xml:lang", "de"))
        if rng.random() < 0.05:
            parts.append(("xml:space", "preserve"))
        rng.shuffle(parts)
        self.elements += 1
        self.out.append(f"<{name}")
        for key, value in parts:
            quote = "'" if '"' in value or (rng.random() < 0.3 and "'" not in value) else '"'
            equals = rng.choice(["=", "=", " = ", "=\n"])
            self.out.append(f"{rng.choice(BLANKS)}{key}{equals}{quote}{value}{quote}")
        children = 0 if depth > 6 else rng.choice([0, 1, 1, 2, 3])
        if children == 0 and rng.random() < 0.4:
            self.out.append(rng.choice(["/>", " />"]))
            return
        self.out.append(rng.choice([">", ">", " >", "\n>"]))
        for _ in range(children):
            self.text()
            self.element(depth + 1, scope)
        self.text()
        self.out.append(f"</{name}{rng.choice(['', '', ' '])}>")

    def text(self):
        for _ in range(self.rng.choice([0, 0, 1, 2])):
            self.out.append(self.rng.choice(TEXTS))


def line(rng):
    while True:
        writer = Writer(rng)
        writer.element(0, {})
        if 1 <= writer.elements <= 60:
            break
    document = "".join(writer.out)
    if rng.random() < 0.2:
        document = '<?xml version="1.0" encoding="UTF-8"?>\n' + document
    elements = list(etree.fromstring(document.encode()).iter())
    apex = rng.randrange(len(elements))
    without = None
    children = list(elements[apex])
    if children and rng.random() < 0.3:
        without = elements.index(rng.choice(children))
    prefixes = rng.sample([*PREFIXES, "#default", "nowhere"], rng.choice([0, 0, 1, 2, 4]))
    return {
        "document": document,
        "apex": apex,
        "without": without,
        "prefixes": prefixes,
        "canonical": canonical(document, apex, without, prefixes),
    }


def canonical(document, apex, without, prefixes):
    tree = etree.fromstring(document.encode())
    elements = list(tree.iter())
    if without is not None:
        child = elements[without]
        parent, before = child.getparent(), child.getprevious()
        # lxml takes the text behind an element away with it.
        if child.tail:
            if before is None:
                parent.text = (parent.text or "") + child.tail
            else:
                before.tail = (before.tail or "") + child.tail
        parent.remove(child)
    out = io.BytesIO()
    # An ElementTree of an inner element keeps the namespaces declared around it.
    options = {"exclusive": True, "with_comments": False, "inclusive_ns_prefixes": prefixes or None}
    etree.ElementTree(elements[apex]).write_c14n(out, **options)
    return out.getvalue().decode()


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    rng = random.Random(seed)
    # lxml drops listed prefixes that no document had before it; the word `#default` has to have stood somewhere.
    etree.fromstring('<x xmlns:x="#default"/>')
    for _ in range(count):
        print(json.dumps(line(rng)))


if __name__ == "__main__":
    main()
