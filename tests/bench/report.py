"""What was measured, as Markdown. It shows what is in the file of a run, and measures nothing itself."""

from collections.abc import Iterable, Sequence
from typing import Any

from tests.bench.figures import percentile, ratios, spread
from tests.bench.measured import Window

TARGETS = {"submit": 30, "decision": 45, "GET /me": 10}
LEAST_RATIO = 0.4
MOST_EVENTS = 22
MOST_MEGABYTES = 1000
LONGEST_START_SECONDS = 15

Json = dict[str, Any]


def report(measured: Json) -> str:
    """Returns every table that the parts of a run allow."""
    sections = [where(measured)]
    if {"rest", "one", "rates"} & measured.keys():
        sections.append(figures(measured))
    if "rates" in measured:
        sections += [by_clients(measured["rates"]), by_process(measured["rates"])]
    if "rest" in measured:
        sections.append(weights(measured))
    if "settings" in measured:
        sections.append(with_and_without(measured["settings"]))
    return "\n\n".join(sections)


def where(measured: Json) -> str:
    machine = measured["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    cores = f"cores {machine['cores_used']} of {machine['cores_present']}"
    lines = (
        f"{measured['date']}, revision {machine['revision']}, `{measured['command']}`,",
        f"{measured['took_seconds']} s. {machine['cpu']}, {cores}, {machine['memory_gigabytes']} GB,",
        f"Linux {machine['kernel']}, load before {machine['load_before']:.1f}.",
        f"Python {machine['python']}, {machine['temporal']}, {packages}.",
    )
    return "\n".join(lines)


def figures(measured: Json) -> str:
    """The figures that have a target, or sum up a part."""
    rows: list[Sequence[str]] = []
    if "rates" in measured:
        rows += rate_rows(measured["rates"])
    if "one" in measured:
        rows += one_client_rows(measured["one"])
    if "rest" in measured:
        rows += rest_rows(measured["rest"])
    if "rates" in measured:
        weight = sum(one["pss"] for one in measured["rates"]["memory"].values())
        rows.append(("resident after load, without the mailbox, MB (PSS)", f"{weight:.0f}", ""))
    return table(("what", "median (lowest–highest)", "target"), rows)


def rate_rows(rates: Json) -> list[Sequence[str]]:
    bare, full = repeated(rates, "bare"), repeated(rates, "full")
    clients = ", ".join(map(str, rates["clients"]))
    best_bare = [max(one.run.rate for one in repetition) for repetition in bare]
    best_full = [max(one.run.rate for one in repetition) for repetition in full]
    rows: list[Sequence[str]] = [
        (f"full lifecycles /s, best of {clients} clients", cell(best_full), ""),
        (f"bare workflows /s, best of {clients} clients", cell(best_bare), ""),
        ("full / bare, best against best", cell(ratios(best_full, best_bare), 2), f"≥ {LEAST_RATIO}"),
    ]
    if "begun" in rates:
        best_begun = [max(one.run.rate for one in repetition) for repetition in repeated(rates, "begun")]
        rows += [
            ("bare workflows /s, signalled once they have begun", cell(best_begun), ""),
            ("full / bare that has begun", cell(ratios(best_full, best_begun), 2), f"≥ {LEAST_RATIO}"),
        ]
    if 16 in rates["clients"]:
        busy, idle = at_clients(rates, "full", 16), at_clients(rates, "bare", 16)
        costs = [sum(system_cost(one).values()) for one in busy if one.cost]
        cheaper = [
            sum(without.cost.values()) / sum(one.cost.values())
            for one, without in zip(busy, idle, strict=True)
            if one.cost and without.cost
        ]
        rows.append(("CPU ms per full lifecycle, 16 clients, the load's apart", cell(costs), ""))
        rows.append(("CPU of a bare workflow / of a full lifecycle, clients included", cell(cheaper, 2), ""))
    errors = sum(len(one.run.errors) for name in ("bare", "full", "open") for one in windows(rates, name))
    rows.append(("errors in all runs", str(errors), "0"))
    return rows


def one_client_rows(one: Json) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = []
    for name in one["batches"][0]:
        batches = [batch[name] for batch in one["batches"]]
        everything = [value for batch in batches for value in batch]
        target = f"≤ {TARGETS[name]}" if name in TARGETS else ""
        rows.append((f"{name}, one client, p50 ms", cell(percentile(batch, 50) for batch in batches), target))
        rows.append(
            (f"{name}, one client, p99 ms of {len(everything)}", f"{percentile(everything, 99):.1f}", "")
        )
    for story, found in one["histories"].items():
        target = f"≤ {MOST_EVENTS}" if "reminded" in story else ""
        rows.append(
            (f"history events: {story}", cell((sum(history.values()) for history in found), 0), target)
        )
    return rows


def rest_rows(rest: Json) -> list[Sequence[str]]:
    weight = sum(one["pss"] for one in rest["memory"].values())
    shared = sum(one["rss"] for one in rest["memory"].values())
    return [
        ("resident, idle, MB (PSS)", f"{weight:.0f}; RSS added up {shared:.0f}", f"< {MOST_MEGABYTES}"),
        ("banner, first use, s", f"{rest['first']:.1f}", ""),
        ("banner, already installed, s", cell(rest["again"]), f"≤ {LONGEST_START_SECONDS}"),
    ]


def by_clients(rates: Json) -> str:
    rows = []
    for clients in rates["clients"]:
        bare, full = at_clients(rates, "bare", clients), at_clients(rates, "full", clients)
        ratio = ratios([one.run.rate for one in full], [one.run.rate for one in bare])
        rows.append(
            (
                f"{clients} clients",
                measured_rate(bare),
                measured_rate(full),
                cell(ratio, 2),
                *latencies(full),
                *shares(full),
            )
        )
    for number, share in enumerate(rates["shares"]):
        opened = windows(rates, "open")[number :: len(rates["shares"])]
        name = f"open, {share:.0%} of the most"
        rows.append((name, "", measured_rate(opened), "", *latencies(opened), *shares(opened)))
    head = (
        "load",
        "bare /s",
        "full /s",
        "full / bare",
        "p50 ms",
        "p99 ms",
        "load's CPU",
        "others' CPU",
        "errors",
    )
    return table(head, rows)


def by_process(rates: Json) -> str:
    """CPU milliseconds per lifecycle, with 16 clients or the most that were tried."""
    clients = 16 if 16 in rates["clients"] else rates["clients"][-1]
    full = [one.cost for one in at_clients(rates, "full", clients)]
    bare = [one.cost for one in at_clients(rates, "bare", clients)]
    begun = [one.cost for one in at_clients(rates, "begun", clients)] if "begun" in rates else []
    names = sorted({*full[0]}, key=lambda name: -full[0][name])
    rows = [
        (
            name,
            cell(one.get(name) for one in full),
            cell(one.get(name) for one in bare),
            *([cell(one.get(name) for one in begun)] if begun else []),
        )
        for name in names
    ]
    head = (f"CPU ms per lifecycle, {clients} clients", "full", "bare", *(["bare, begun"] if begun else []))
    return table(head, rows)


def weights(measured: Json) -> str:
    idle = measured["rest"]["memory"]
    loaded = measured.get("rates", {}).get("memory", {})
    rows = [
        (
            name,
            f"{one['pss']:.0f}",
            f"{one['rss']:.0f}",
            f"{loaded[name]['pss']:.0f}" if name in loaded else "",
        )
        for name, one in sorted(idle.items(), key=lambda item: -item[1]["pss"])
    ]
    return table(("resident MB", "idle, PSS", "idle, RSS", "after load, PSS"), rows)


def with_and_without(settings: Json) -> str:
    read = {name: [Window.read(one) for one in found] for name, found in settings["windows"].items()}
    base = "as it is"
    rows = []
    for name, found in read.items():
        busy, alone = found[::2], found[1::2]
        ratio = ratios([one.run.rate for one in busy], [one.run.rate for one in read[base][::2]])
        waited = [one.stage("decision", 50) for one in alone if one.run.planned]
        rows.append(
            (
                name,
                measured_rate(busy),
                cell(ratio, 2),
                cell(sum(system_cost(one).values()) or None for one in busy),
                cell(waited),
                str(sum(len(one.run.errors) for one in found)),
            )
        )
    head = (
        "setting",
        "full /s, 16 clients",
        "against as it is",
        "CPU ms",
        "decision, one client, p50 ms",
        "errors",
    )
    killed = [(name, cell(waited, 0), str(len(waited))) for name, waited in settings["sticky"].items()]
    return table(head, rows) + "\n\n" + table(("worker killed: decision → mail", "ms", "n"), killed)


def repeated(rates: Json, name: str) -> list[list[Window]]:
    """Returns the windows of each repetition, one for each number of clients."""
    found, count = windows(rates, name), len(rates["clients"])
    return [found[start : start + count] for start in range(0, len(found), count)]


def at_clients(rates: Json, name: str, clients: int) -> list[Window]:
    place = list(rates["clients"]).index(clients)
    return [repetition[place] for repetition in repeated(rates, name)]


def windows(rates: Json, name: str) -> list[Window]:
    return [Window.read(written) for written in rates[name]]


def system_cost(window: Window) -> dict[str, float]:
    """CPU milliseconds per lifecycle of the product's own processes: neither the load's nor the bare ones."""
    return {
        name: cost for name, cost in window.cost.items() if name != "load" and not name.startswith("bare")
    }


def measured_rate(found: list[Window]) -> str:
    """Marks runs that had errors: their rate is not to be trusted."""
    mark = " ⚠" if any(one.run.errors for one in found) else ""
    return cell(one.run.rate for one in found) + mark


def latencies(found: list[Window]) -> tuple[str, str]:
    known = [one for one in found if one.run.planned]
    return (
        cell((one.latency(50) for one in known), 0),
        cell((one.latency(99) for one in known), 0),
    )


def shares(found: list[Window]) -> tuple[str, str, str]:
    load = spread(one.share("load") for one in found)
    others = spread(one.others_share for one in found)
    errors = sum(len(one.run.errors) for one in found)
    return (
        f"{load.median:.0%}",
        f"{others.median:.0%} ({others.lowest:.0%}–{others.highest:.0%})",
        str(errors),
    )


def cell(values: Iterable[float | None], digits: int = 1) -> str:
    """Shows repetitions as their median, their lowest and their highest. None at all: a dash."""
    known = [value for value in values if value is not None]
    if not known:
        return "–"
    summed = spread(known)
    ends = f" ({summed.lowest:.{digits}f}–{summed.highest:.{digits}f})" if summed.count > 1 else ""
    return f"{summed.median:.{digits}f}{ends}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
