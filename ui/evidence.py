"""What an answer rests on, as HTML: moments to play, how it was made, and the report.

Every string that comes from a recording, a file name or a model is escaped. Whatever carries
``data-seek`` makes the player go there (assets/player.js); ``data-heat`` is drawn over the
recording's waveform (assets/view.js).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from assistant.budget.plan import gigabytes
from tools.times import clock
from ui.telling import doubt, how

WIDTH, HEIGHT, STRIP = 1000.0, 64.0, 18.0  # of the drawing, in its own units
ROUTES = {"semantic": "what is said", "uniform": "both", "acoustic": "how it sounds"}


@dataclass(frozen=True)
class Sound:
    """A recording as the page shows it."""

    id: str
    name: str
    outline: Sequence[float] = ()  # of the range asked about, 0 to 1

    @property
    def address(self) -> str:
        """Where the browser hears it."""
        return f"/media/{self.id}"


def card(heard: dict[str, Any], sound: Sound | None) -> str:
    """The evidence for one answer. ``heard``: its report and citations, as they are stored.

    Without a sound, of a recording that was removed, nothing can be played.
    """
    doubted = doubt(heard)
    told = "".join(f"<li>{escape(sentence)}</li>" for sentence in how(heard))
    report = (
        "<details><summary>Technical report</summary>"
        f"{_drawing(heard, sound)}{_routes(heard)}{_facts(heard)}</details>"
    )
    return (
        f'<section class="evidence" aria-label="What the answer rests on"{_heat(heard, sound)}>'
        + (f'<p class="doubt"><span aria-hidden="true">⚠ </span>{doubted}</p>' if doubted else "")
        + _citations(heard, sound)
        + '<details class="how"><summary>How this was answered</summary>'
        + f"<ul>{told}</ul>{report}</details></section>"
    )


def _heat(heard: dict[str, Any], sound: Sound | None) -> str:
    """Attributes by which the recording's view draws where the answer comes from."""
    if sound is None or not heard.get("scope"):
        return ""
    moments = [[cited["start"], cited["end"]] for cited in heard.get("citations", [])]
    heat = {"scope": heard["scope"], "bins": heard.get("weight_bins", []), "moments": moments}
    return f' data-recording="{sound.id}" data-heat="{escape(json.dumps(heat))}"'


def seek_button(sound: Sound | None, start: float, label: str) -> str:
    """A button that plays a moment. ``label`` is text."""
    media = (
        f' data-media="{sound.address}" data-name="{escape(sound.name)}"'
        if sound
        else ' disabled=""'
    )
    return (
        f'<button type="button" class="moment" data-seek="{start:.2f}"{media}>'
        f"{escape(label)}</button>"
    )


def _drawing(heard: dict[str, Any], sound: Sound | None) -> str:
    start, end = heard.get("scope") or (0.0, 0.0)
    if end <= start:
        return ""
    scale = WIDTH / (end - start)
    shapes = [
        f'<rect class="listened" x="{(a - start) * scale:.1f}" y="0" '
        f'width="{(b - a) * scale:.1f}" height="{HEIGHT:.0f}"/>'
        for a, b in heard["spans"]
    ]
    shapes += [_outline(sound.outline) if sound else "", _strip(heard.get("weight_bins", []))]
    for number, citation in enumerate(heard.get("citations", []), 1):
        left = (citation["start"] - start) * scale
        width = max(4.0, (citation["end"] - citation["start"]) * scale)
        shapes.append(
            f'<rect class="cited" x="{left:.1f}" y="1" width="{width:.1f}" '
            f'height="{HEIGHT + STRIP - 2:.0f}"><title>{number}</title></rect>'
        )
    told = (
        f"{clock(start)} to {clock(end)}: {heard['tokens_kept']} of {heard['tokens_total']} "
        "audio tokens were kept; darker is heavier, frames are cited"
    )
    media = f' data-media="{sound.address}" data-name="{escape(sound.name)}"' if sound else ""
    return (
        f'<svg class="timeline" role="img" aria-label="{told}" preserveAspectRatio="none" '
        f'viewBox="0 0 {WIDTH:.0f} {HEIGHT + STRIP:.0f}" '
        f'data-start="{start}" data-end="{end}"{media}>{"".join(shapes)}</svg>'
        f'<div class="scale"><span>{clock(start)}</span><span>{clock(end)}</span></div>'
    )


def _outline(values: Sequence[float]) -> str:
    """Both halves of the waveform, as one shape."""
    if not values:
        return ""
    step, middle = WIDTH / len(values), HEIGHT / 2
    upper = [f"{(i + 0.5) * step:.1f},{middle - v * middle:.1f}" for i, v in enumerate(values)]
    lower = [f"{(i + 0.5) * step:.1f},{middle + v * middle:.1f}" for i, v in enumerate(values)]
    return f'<polygon class="wave" points="{" ".join(upper + lower[::-1])}"/>'


def _strip(weights: Sequence[float]) -> str:
    """The heat strip: a cell for each bin, the more opaque the heavier its kept tokens."""
    heaviest = max(weights, default=0.0)
    if not heaviest:
        return ""
    step = WIDTH / len(weights)
    return "".join(
        f'<rect class="kept" x="{i * step:.1f}" y="{HEIGHT:.0f}" width="{step:.2f}" '
        f'height="{STRIP:.0f}" opacity="{0.15 + 0.85 * weight / heaviest:.2f}"/>'
        for i, weight in enumerate(weights)
        if weight
    )


def _citations(heard: dict[str, Any], sound: Sound | None) -> str:
    rows = []
    for citation in heard.get("citations", []):
        span = f"{clock(citation['start'])}–{clock(citation['end'])}"
        button = seek_button(sound, citation["start"], f"▶ {span}")
        words = citation.get("text", "")
        shown = words if len(words) < 160 else words[:160] + "…"
        quote = f"<q>{escape(shown)}</q>" if words else ""
        rows.append(f"<li>{button} {quote}</li>")
    return f'<ol class="citations">{"".join(rows)}</ol>' if rows else ""


def _routes(heard: dict[str, Any]) -> str:
    routes = heard["routes"]
    if not routes:
        return ""
    if not heard["calibrated"]:
        return "<p>Routed evenly: this model is not calibrated yet.</p>"
    bars = "".join(
        f'<span class="route {name}" style="flex-grow:{share:.3f}" title="{ROUTES[name]}">'
        f"{name} {share:.0%}</span>"
        for name, share in routes.items()
    )
    return f'<div class="routes" role="img" aria-label="Routing weights">{bars}</div>'


def _facts(heard: dict[str, Any]) -> str:
    facts = [
        ("Heard", f"{clock(heard['seconds_heard'])} of {clock(heard['seconds_total'])}"),
        ("Kept", f"{heard['tokens_kept']} of {heard['tokens_total']} audio tokens"),
        ("Why", heard["reason"]),
        ("Words", heard["words"]),
        ("Confidence", "" if (c := heard.get("confidence")) is None else f"{c:.2f}"),
        ("Memory", _memory(heard)),
        ("Time", f"{sum(heard['seconds'].values()):.1f} s"),
        ("Model", heard["model"]),
        *[("Note", note) for note in heard["notes"]],
    ]
    rows = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in facts if text)
    return f'<dl class="facts">{rows}</dl>'


def _memory(heard: dict[str, Any]) -> str:
    if not heard["measured_bytes"]:
        return ""
    predicted, measured = heard["predicted_bytes"], heard["measured_bytes"]
    whole = heard.get("unpruned_bytes", 0)  # of earlier answers it is not known
    unpruned = f"; {gigabytes(whole)} for all of it at once, unpruned" if whole > predicted else ""
    return f"{gigabytes(predicted)} predicted, {gigabytes(measured)} measured{unpruned}"
