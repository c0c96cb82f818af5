"""How an answer was made, for people: sentences made from its heard report. Text, not HTML."""

from typing import Any

from tools.times import clock

CONFIRMED, DOUBTED = 0.7, 0.4  # share of the answer's words that the transcript has too
UNSURE = -1.0  # mean log-probability of the answer's tokens below which the model wavered
WHOLE = 0.98  # of the time, from which it counts as all
MOST_TIMES = 3  # moments that are named in a sentence


def how(heard: dict[str, Any]) -> list[str]:
    """What was done to answer, in sentences. ``heard``: a stored report with its citations."""
    return [_source(heard), *_listened(heard), *heard.get("notes", [])]


def doubt(heard: dict[str, Any]) -> str:
    """Why the answer may be wrong; empty where there is no sign of it."""
    if heard.get("words") not in ("on", "off") or not heard.get("tokens_total"):
        return ""
    agreement, confidence = heard.get("agreement"), heard.get("confidence")
    if agreement is not None and agreement < DOUBTED:
        return "Check this: what was said there does not bear it out."
    if confidence is not None and confidence < UNSURE:
        return "Check this: the model was unsure."
    return ""


def _source(heard: dict[str, Any]) -> str:
    words, reason = heard.get("words"), heard.get("reason", "")
    if reason.startswith("nothing audible"):
        return "Nothing audible is there, so no model was asked."
    if words == "transcript":
        return "These are the words as they were recognised."
    if words == "quoted":
        return f"Quoted from what was said{_moments(heard)}."
    if words == "located":
        if reason.startswith("Located by ear"):
            return f"Located by ear{_moments(heard)}."
        return str(reason)
    agreement = heard.get("agreement")
    if agreement is None:
        return "The model's own words; there was no transcript to compare them with."
    if agreement < DOUBTED:
        return "The model's own words, not confirmed by the transcript."
    if agreement < CONFIRMED:
        return "The model's own words, confirmed in part by the transcript."
    return "The model's own words, confirmed by the transcript."


def _moments(heard: dict[str, Any]) -> str:
    """ " at 0:29 and 0:35", or nothing."""
    starts = [clock(citation["start"]) for citation in heard.get("citations", [])]
    if not starts:
        return ""
    if len(starts) > MOST_TIMES:
        return f" at {len(starts)} moments"
    return f" at {', '.join(starts[:-1])}{' and ' if len(starts) > 1 else ''}{starts[-1]}"


def _listened(heard: dict[str, Any]) -> list[str]:
    total, seconds = heard.get("seconds_total", 0.0), heard.get("seconds_heard", 0.0)
    told = []
    if total and seconds < WHOLE * total:
        told.append(f"{clock(seconds)} of {clock(total)} was listened to: the stretches that fit.")
    elif total:
        told.append(f"All {clock(total)} was listened to.")
    if heard.get("passes", 1) > 1:
        told.append(f"It was gone through in {heard['passes']} parts.")
    if heard.get("escalations"):
        told.append("The first answer was unsure, so it was listened to again more closely.")
    return told
