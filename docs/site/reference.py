"""The pages that are made at each build: configuration from config/default.toml, the management API from docs/openapi.json, llms.txt."""

import json
import re
import tomllib

KINDS = {bool: "true or false", int: "whole number", str: "text", list: "list", dict: "section"}


def configuration(text):
    """Each key with its comment, default and environment variable."""
    defaults = tomllib.loads(text)
    out = [
        "# Configuration",
        "",
        "Made from `config/default.toml`, which is compiled in. A file (`--config`, `VESTIBULE_CONFIG`) overrides the defaults, and",
        "environment variables override both. Unknown keys stop the start, by name; `vestibule check-config` tries a configuration.",
    ]
    section, comment = None, []
    documented = 0
    for line in text.splitlines():
        if line.startswith("# ") or line == "#":
            comment.append(line[2:])
        elif match := re.fullmatch(r"\[([a-z_.]+)\]", line):
            section = match[1]
            if "." in section:
                parent, name = section.split(".")
                out += entry(parent, name, defaults[parent][name], comment)
                documented += 1
            else:
                out += ["", f"## {section}"]
            comment = []
        elif match := re.match(r"([a-z_]+) = ", line):
            out += entry(section, match[1], defaults[section][match[1]], comment)
            documented += 1
            comment = []
        elif not line:
            comment = []
    expected = sum(len(keys) for keys in defaults.values())
    if documented != expected:
        raise SystemExit(f"docs/site: {documented} of {expected} keys of config/default.toml are described")
    return "\n".join(out) + "\n"


def entry(section, key, default, comment):
    if not comment:
        comment = ["See the key before."]
    variable = f"VESTIBULE__{section}__{key}".upper()
    if isinstance(default, dict):
        facts = f"A {KINDS[dict]}, empty by default · `{variable}__NAME`"
    else:
        shown = json.dumps(default)
        facts = f"A {KINDS[type(default)]}, by default `{shown}` · `{variable}`"
    example = [line for line in comment if line.startswith("  ")]
    words = [line for line in comment if not line.startswith("  ")]
    block = ["", "```toml", *[line.strip() for line in example], "```"] if example else []
    return ["", f"### {section}.{key}", "", *words, *block, "", facts]


def api(text):
    """Operations by tag, then the types."""
    document = json.loads(text)
    about = document["info"]
    out = ["# API reference", "", f"Made from [openapi.json](openapi.json), version {about['version']}.", "", about.get("description", "").replace("docs/management.md", "[The management API](management.md)")]
    by_tag = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            by_tag.setdefault(operation["tags"][0], []).append((method.upper(), path, operation))
    for tag, operations in by_tag.items():
        out += ["", f"## {tag.replace('-', ' ').capitalize()}"]
        for method, path, operation in operations:
            out += described(method, path, operation, document["components"]["responses"])
    out += ["", "## Types"]
    for name, schema in document["components"]["schemas"].items():
        out += ["", f"({anchor(name)})=", "", f"### {name}", "", cell(schema.get("description", ""), whole=True)]
        out += members(schema)
    return "\n".join(out) + "\n"


def described(method, path, operation, shared):
    out = ["", f"### {operation['summary']}", "", f"`{method} {path}`"]
    if operation.get("description"):
        out += ["", operation["description"]]
    if parameters := operation.get("parameters"):
        out += ["", "| Parameter | In | Type | |", "|---|---|---|---|"]
        for each in parameters:
            must = "" if each.get("required") else "optional. "
            out.append(f"| `{each['name']}` | {each['in']} | {kind(each['schema'])} | {must}{cell(each.get('description', ''))} |")
    if body := operation.get("requestBody"):
        out += ["", "Body: " + ", ".join(kind(content["schema"]) for content in body["content"].values())]
    answers = {}
    for status, answer in operation["responses"].items():
        if "$ref" in answer:
            answer = shared[answer["$ref"].rpartition("/")[2]]
        bodies = ", ".join(kind(content.get("schema", {})) for content in answer.get("content", {}).values())
        answers.setdefault((bodies, cell(answer.get("description", ""))), []).append(status)
    out += ["", "| Answer | Body | |", "|---|---|---|"]
    out += [f"| {', '.join(statuses)} | {bodies} | {words} |" for (bodies, words), statuses in answers.items()]
    return out


def members(schema):
    properties = schema.get("properties")
    if not properties:
        return ["", kind(schema)]
    required = set(schema.get("required", []))
    out = ["", "| Member | Type | |", "|---|---|---|"]
    for name, each in properties.items():
        must = "" if name in required else "optional. "
        out.append(f"| `{name}` | {kind(each)} | {must}{cell(each.get('description', ''))} |")
    return out


def kind(schema):
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{anchor(name)})"
    for joined in ("oneOf", "anyOf", "allOf"):
        if joined in schema:
            return " or ".join(dict.fromkeys(kind(each) for each in schema[joined]))
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    of = schema.get("type", "any")
    if isinstance(of, list):
        return " or ".join(kind({**schema, "type": each}) for each in of)
    if of == "array":
        return "list of " + kind(schema.get("items", {}))
    if of == "object" and isinstance(schema.get("additionalProperties"), dict):
        return "object of " + kind(schema["additionalProperties"])
    return of + (f" ({schema['format']})" if "format" in schema else "")


def anchor(name):
    """Of a type: its own, since an operation may have a heading of the same name."""
    return f"type-{name.lower()}"


def cell(text, whole=False):
    return text if whole else text.replace("|", "\\|").replace("\n", " ")


def llms(index, folder):
    """llmstxt.org: the pages as Markdown, by section, each with its first sentence."""
    title, summary = re.match(r"# (.+)\n\n((?:.+\n)+)", index).groups()
    out = [f"# {title}", "", "> " + " ".join(summary.split())]
    for caption, pages in re.findall(r":caption: (.+)\n:hidden:\n\n((?:.+\n)+?)```", index):
        out += ["", f"## {caption}", ""]
        for page in pages.split():
            text = (folder / f"{page}.md").read_text()
            name = re.search(r"^# (.+)$", text, re.M)[1]
            out.append(f"- [{name}](_sources/{page}.md.txt): {first_sentence(text)}")
    return "\n".join(out) + "\n"


def first_sentence(text):
    paragraphs = [part for part in re.sub(r"<!--.*?-->", "", text, flags=re.S).split("\n\n") if part.strip()]
    words = next((part for part in paragraphs if not part.lstrip().startswith(("#", "|", "```", "-", ">", "!"))), "")
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(words.split()))
    return re.split(r"(?<=[.:]) ", plain)[0].rstrip(":") if plain else ""
