"""What was measured, as Markdown. It shows what is in the file of a run, and measures nothing itself."""

from collections.abc import Iterable, Sequence
from typing import Any

from tests.bench.figures import Spread, percentile, ratios, spread
from tests.bench.measured import Window

TARGETS = {"submit": 30, "decision": 45, "GET /me": 10}
LEAST_RATIO = 0.4
MOST_EVENTS = 22
MOST_MEGABYTES = 1000
LONGEST_START_SECONDS = 15

Json = dict[str, Any]


def report(measured: Json) -> str:
    """Returns every table that the parts of a run allow."""
    sections = [where(measured), figures(measured)]
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
    """The figures that have a target, or sum up a part: median, lowest to highest."""
    rows: list[Sequence[str]] = []
    if "rates" in measured:
        rows += rate_rows(measured["rates"])
    if "one" in measured:
        rows += one_client_rows(measured["one"])
    if "rest" in measured:
        rest = measured["rest"]
        weight = sum(one["pss"] for one in rest["memory"].values())
        shared = sum(one["rss"] for one in rest["memory"].values())
        said = f"{weight:.0f} MB; RSS added up {shared:.0f} MB"
        rows.append(("resident, idle (PSS)", said, "", f"< {MOST_MEGABYTES} MB"))
        rows.append(("banner, first use", f"{rest['first']:.1f} s", "", ""))
        again = spread(rest["again"])
        rows.append(
            (
                "banner, already installed",
                f"{again.median:.1f} s",
                between(again),
                f"≤ {LONGEST_START_SECONDS} s",
            )
        )
    if "rates" in measured:
        weight = sum(one["pss"] for one in measured["rates"]["memory"].values())
        rows.append(("resident after load, without the mailbox (PSS)", f"{weight:.0f} MB", "", ""))
    return table(("what", "figure", "lowest–highest", "target"), rows)


def rate_rows(rates: Json) -> list[Sequence[str]]:
    bare, full = repeated(rates, "bare"), repeated(rates, "full")
    clients = rates["clients"]
    best_bare = [max(one.run.rate for one in repetition) for repetition in bare]
    best_full = [max(one.run.rate for one in repetition) for repetition in full]
    both = spread(ratios(best_full, best_bare))
    rows: list[Sequence[str]] = [
        (f"full lifecycles, best of {clients} clients", *rated(best_full), ""),
        (f"bare workflows, best of {clients} clients", *rated(best_bare), ""),
        (
            "full / bare, best against best, per repetition",
            f"{both.median:.2f}",
            between(both, 2),
            f"≥ {LEAST_RATIO}",
        ),
    ]
    if 16 in clients:
        costs = [sum(system_cost(one).values()) for one in at_clients(rates, "full", 16)]
        rows.append(("CPU per full lifecycle, 16 clients", *took(spread(costs)), ""))
        bare_costs = [sum(one.cost.values()) for one in at_clients(rates, "bare", 16)]
        full_costs = [sum(one.cost.values()) for one in at_clients(rates, "full", 16)]
        cheaper = spread(ratios(bare_costs, full_costs))
        said = "CPU of a bare workflow / of a full lifecycle, clients included"
        rows.append((said, f"{cheaper.median:.2f}", between(cheaper, 2), ""))
    errors = sum(
        len(one.run.errors)
        for one in windows(rates, "full") + windows(rates, "bare") + windows(rates, "open")
    )
    rows.append(("errors in all runs", str(errors), "", "0"))
    return rows


def one_client_rows(one: Json) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = []
    for name in one["batches"][0]:
        batches = [batch[name] for batch in one["batches"]]
        middle = spread(percentile(batch, 50) for batch in batches)
        target = f"≤ {TARGETS[name]} ms" if name in TARGETS else ""
        rows.append((f"{name}, one client, p50", *took(middle), target))
        everything = [value for batch in batches for value in batch]
        rows.append(
            (f"{name}, one client, p99", f"{percentile(everything, 99):.1f} ms", f"n {len(everything)}", "")
        )
    for story, found in one["histories"].items():
        events = spread(sum(history.values()) for history in found)
        target = f"≤ {MOST_EVENTS}" if "reminded" in story else ""
        rows.append((f"history events: {story}", f"{events.median:.0f}", between(events, 0), target))
    return rows


def by_clients(rates: Json) -> str:
    rows = []
    for clients in rates["clients"]:
        bare, full = at_clients(rates, "bare", clients), at_clients(rates, "full", clients)
        ratio = spread(ratios([one.run.rate for one in full], [one.run.rate for one in bare]))
        rows.append(
            (
                f"{clients} clients",
                measured_rate(bare),
                measured_rate(full),
                f"{ratio.median:.2f} ({between(ratio, 2)})",
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
    names = sorted({*full[0]}, key=lambda name: -full[0][name])
    rows = [
        (
            name,
            cell(one.get(name) for one in full),
            cell(one.get(name) for one in bare),
        )
        for name in names
    ]
    return table((f"CPU ms per lifecycle, {clients} clients", "full", "bare"), rows)


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
        ratio = spread(ratios([one.run.rate for one in busy], [one.run.rate for one in read[base][::2]]))
        waited = [one.stage("decision", 50) for one in alone if one.run.planned]
        rows.append(
            (
                name,
                measured_rate(busy),
                f"{ratio.median:.2f} ({between(ratio, 2)})",
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
    rate = spread(one.run.rate for one in found)
    return f"{rate.median:.1f} ({between(rate)}){mark}"


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


def rated(rates: list[float]) -> tuple[str, str]:
    summed = spread(rates)
    return f"{summed.median:.1f}/s", between(summed)


def took(summed: Spread) -> tuple[str, str]:
    return f"{summed.median:.1f} ms", between(summed)


def between(summed: Spread, digits: int = 1) -> str:
    return f"{summed.lowest:.{digits}f}–{summed.highest:.{digits}f}"


def cell(values: Iterable[float | None], digits: int = 1) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "–"
    summed = spread(known)
    return f"{summed.median:.{digits}f} ({between(summed, digits)})"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
