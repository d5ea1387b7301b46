"""What a benchmark found: lines for the terminal, and JSON and a picture in a folder, dated."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from glassnet.plots import theme
from glassnet.plots.svg import Markup, element, join, picture, standalone

Result = Mapping[str, Any]
GLASSNET = "glassnet"
UNITS = ((1e-6, "ns", 1e9), (1e-3, "us", 1e6), (1.0, "ms", 1e3), (float("inf"), "s", 1.0))


def readable(seconds: float) -> str:
    """Three digits and a unit: 39.2 ms."""
    _, unit, factor = next(row for row in UNITS if seconds < row[0])
    return f"{seconds * factor:#.3g} {unit}".replace(". ", " ")


# ---- terminal --------------------------------------------------------------------------------------------------------


def machine_line(about: Result) -> str:
    load = "" if about["load_average"] is None else f", load {about['load_average']:.2f}"
    return f"{about['processor']}, {about['processors']} processors, {about['system']}, Python {about['python']}{load}"


def limits_line(limits: Result) -> str:
    if not limits:
        return "limits not measured"
    one, two = limits["fma_float32"]
    line = f"limits: {one:.0f} GFLOP/s one thread, {two:.0f} two (float32); barrier {limits['barrier_ns']:.0f} ns"
    if "read_gb_s" in limits:
        line += "; {:.0f} and {:.0f} GFLOP/s (float64)".format(*limits["fma_float64"])
        line += "; memory {:.0f} and {:.0f} GB/s".format(*limits["read_gb_s"])
    return line


def workload_lines(key: str, measured: Result) -> str:
    """One workload: every side with its median, fastest first, and those that failed with the reason."""
    sides = measured["sides"]
    able = sorted((name for name in sides if "median" in sides[name]), key=lambda name: sides[name]["median"])
    lines = [f"\n{key}  {measured['title']}: time of {unit_of(measured)}"]
    for name in able:
        side = sides[name]
        low, high = min(side["seconds"]), max(side["seconds"])
        lines.append(
            f"   {name:16}{readable(side['median']):>9}   ({readable(low)} to {readable(high)}; "
            f"accuracy {100 * side['accuracy']:.1f} %; {side['epochs_in_a_sample']} in a sample)"
        )
    lines += [f"   {name:16}failed: {side['failed']}" for name, side in sides.items() if "failed" in side]
    for when, seen in zip(("before", "after"), measured["limits"], strict=True):
        lines.append(f"   {when}: {limits_line(seen)}")
    lines.append("   " + verdict(key, measured))
    return "\n".join(lines)


def verdict(key: str, measured: Result) -> str:
    """Ratio, what it must be, and the rate beside the machine's limit."""
    parts = []
    if "times_fastest_peer" in measured:
        parts.append(f"{measured['times_fastest_peer']:.2f} times {measured['fastest_peer']}")
    if "microseconds" in measured:
        parts.append(f"must be under {measured['must']:g} us")
    elif "times_fastest_peer" in measured:
        parts.append(f"must {measured['must']:g}")
    if "met" in measured:
        parts.append("met" if measured["met"] else "NOT met")
    if "gflop_s" in measured:
        share = measured.get("share_of_fma_limit")
        parts.append(
            f"{measured['gflop_s']:.0f} GFLOP/s" + ("" if share is None else f", {100 * share:.0f} % of the limit")
        )
    return "; ".join(parts)


def summary(result: Result) -> str:
    """The table of all workloads."""
    names = list(dict.fromkeys(name for measured in result["workloads"].values() for name in measured["sides"]))
    lines = ["\n    " + "".join(f"{name:>15}" for name in names) + f"{'ratio':>8}{'must':>8}{'FMA':>7}"]
    for key, measured in result["workloads"].items():
        sides = measured["sides"]
        cells = [readable(sides[name]["median"]) if "median" in sides.get(name, {}) else "failed" for name in names]
        ratio, share = measured.get("times_fastest_peer"), measured.get("share_of_fma_limit")
        must = f"{measured['must']:g} us" if key == "J" else f"{measured['must']:g}"
        lines.append(
            f"{key:4}"
            + "".join(f"{cell:>15}" for cell in cells)
            + (f"{ratio:8.2f}" if ratio else f"{'':8}")
            + f"{must:>8}"
            + (f"{100 * share:6.0f}%" if share else "")
            + ("" if measured.get("met", True) else "  NOT met")
        )
    lines.append("FMA: operations as if no number were zero, over the two-thread limit; skipped zeros can pass 100 %.")
    return "\n".join(lines)


# ---- files -----------------------------------------------------------------------------------------------------------


def write(result: Result, folder: Path) -> list[Path]:
    """DATE.json and DATE.svg."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers, drawn = folder / f"{result['date']}.json", folder / f"{result['date']}.svg"
    numbers.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    drawn.write_text(standalone(drawing(result), theme.css() + "svg{background:var(--paper)}") + "\n", encoding="utf-8")
    return [numbers, drawn]


ROW, GAP, LEFT, WIDE, TOP, FOOT = 17.0, 34.0, 112.0, 600.0, 74.0, 52.0


def drawing(result: Result) -> Markup:
    """For each workload a bar a side: its time as a multiple of glassnet's, beside what the machine can do at most."""
    drawn = {key: medians for key, found in result["workloads"].items() if GLASSNET in (medians := medians_of(found))}
    title = f"glassnet and its peers, {result['date']}"
    machine, limits = machine_line(result["machine"]), limits_line(result["limits"])
    parts: list[Markup] = [
        element("text", title, x=8, y=22, font_size=16, font_weight="bold"),
        element("text", "Median times, each workload on its own scale; shorter is better.", x=8, y=42, class_="muted"),
    ]
    top = TOP
    for key, medians in drawn.items():
        measured = result["workloads"][key]
        parts.append(element("text", f"{key}  {measured['title']}", x=8, y=top, font_weight="bold"))
        parts.append(element("text", unit_of(measured), x=WIDE - 8, y=top, text_anchor="end", class_="muted"))
        parts += bars(sorted(medians.items(), key=lambda pair: pair[1]), medians[GLASSNET], top + 8)
        top += len(medians) * ROW + GAP
    for line, text in enumerate((machine, *limits.split("; "))):
        parts.append(element("text", text, x=8, y=top + 14 * line - 8, font_size=10, class_="muted"))
    return picture(WIDE, top + FOOT, *parts, title=title, description=f"{machine}; {limits}")


def medians_of(measured: Result) -> dict[str, float]:
    return {name: side["median"] for name, side in measured["sides"].items() if "median" in side}


def unit_of(measured: Result) -> str:
    """What a time is of: an epoch, 100 epochs."""
    unit: str = measured["unit"]
    return unit if unit[0].isdigit() else f"one {unit}"


def bars(medians: Sequence[tuple[str, float]], ours: float, top: float) -> list[Markup]:
    longest = max(seconds for _, seconds in medians)
    parts = []
    for place, (name, seconds) in enumerate(medians):
        y, length = top + place * ROW, max(2.0, (WIDE - LEFT - 150) * seconds / longest)
        told = readable(seconds) + ("" if name == GLASSNET else f"  ({seconds / ours:.1f} times)")
        style = {"class_": "f1"} if name == GLASSNET else {"class_": "muted", "fill_opacity": 0.55}
        parts.append(
            join(
                element("text", name, x=LEFT - 6, y=y + 12, text_anchor="end"),
                element("rect", x=LEFT, y=y + 2, width=length, height=ROW - 4, **style),
                element("text", told, x=LEFT + length + 6, y=y + 12),
            )
        )
    return parts
