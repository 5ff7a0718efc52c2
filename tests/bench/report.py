"""The tables that the benchmark prints: medians over the rounds, and ratios."""

import statistics

COST = ("service_us", "database_us")


def medians(rows):
    """Rows of all rounds by (operation, database): per binary the medians of each number, and the spread of the CPU."""
    found = {}
    for row in rows:
        found.setdefault((row["operation"], row["database"]), {}).setdefault(row["binary"], []).append(row)
    result = {}
    for key, binaries in found.items():
        result[key] = {}
        for binary, rounds in binaries.items():
            names = [name for name, value in rounds[0].items() if isinstance(value, (int, float)) and name != "round"]
            one = {name: statistics.median(row[name] for row in rounds) for name in names}
            if "service_us" in one:
                totals = [row["service_us"] + row["database_us"] for row in rounds]
                one["total_us"] = statistics.median(totals)
                if len(totals) > 1 and one["total_us"]:
                    one["spread"] = (max(totals) - min(totals)) / one["total_us"]
            one["settled"] = all(row.get("settled", True) for row in rounds)
            result[key][binary] = one
    return result


def ratio(before, now):
    return f"{now / before:.2f}" if before else "-"


def aligned(head, lines):
    """Columns of text: the first two to the left, numbers to the right."""
    widths = [max(len(line[column]) for line in [head, *lines]) for column in range(len(head))]
    for line in [head, *lines]:
        cells = [cell.ljust(width) if column < 2 else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(line, widths))]
        yield "  ".join(cells).rstrip()


def cost_table(found, binaries, database_known):
    head = ["operation", "database"]
    head += [f"{name} µs" for name in binaries] + (["ratio"] if len(binaries) == 2 else [])
    head += [f"service {name}" for name in binaries] + [f"database {name}" for name in binaries] + ["spread"]
    lines = []
    for (operation, database), by in found.items():
        if not all("total_us" in by[name] for name in binaries):
            continue
        ones = [by[name] for name in binaries]
        mark = "" if all(one["settled"] for one in ones) else " *"
        line = [operation + mark, database] + [f"{one['total_us']:.0f}" for one in ones]
        if len(ones) == 2:
            line.append(ratio(ones[0]["total_us"], ones[1]["total_us"]))
        line += [f"{one['service_us']:.0f}" for one in ones]
        separate = database == "postgres"
        line += [f"{one['database_us']:.0f}" if separate and database_known else "-" for one in ones]
        line.append(f"{max(one['spread'] for one in ones):.0%}" if all("spread" in one for one in ones) else "-")
        lines.append(line)
    return list(aligned(head, lines)) if lines else []


def time_table(found, binaries):
    """What the clock says: the wall time of provisioning, and the writes of a neighbour."""
    head = ["operation", "database", *binaries] + (["ratio"] if len(binaries) == 2 else [])
    lines = []
    for (operation, database), by in found.items():
        ones = [by[name] for name in binaries]
        if operation.startswith("provision"):
            values = [(f"{operation}, wall time", [one["wall_s"] for one in ones], "s", 2)]
        elif operation.startswith("a write"):
            values = [(f"{operation}, p{percent}", [one[f"p{percent}_ms"] for one in ones], "ms", 1)
                      for percent in (50, 99)]
        else:
            continue
        for name, numbers, unit, digits in values:
            line = [name, database] + [f"{number:.{digits}f} {unit}" for number in numbers]
            lines.append(line + ([ratio(*numbers)] if len(numbers) == 2 else []))
    return list(aligned(head, lines)) if lines else []


def text(found, binaries, database_known):
    """Everything that is printed."""
    parts = []
    table = cost_table(found, binaries, database_known)
    if table:
        parts.append("CPU per request, deferred work included, medians. A ratio under 1: now is cheaper.")
        parts += table
        if any(not one["settled"] for by in found.values() for one in by.values()):
            parts.append("* The background work did not end in time: some of its CPU is missing.")
        if not database_known:
            parts.append("The CPU of the database server can't be read: it does not run on this machine.")
    table = time_table(found, binaries)
    if table:
        parts += ["", "Time by the clock, medians. It depends on disk and machine; compare with care."] + table
    return "\n".join(parts)
