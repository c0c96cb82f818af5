"""The default model on the bundled sample, through the command line's own path, for real."""

import json
from pathlib import Path

import pytest
import torch

from assistant.app import Assistant, load_listener
from assistant.ask.events import Cited, Done, Heard, Planned, Routed, Token
from assistant.ask.state import Request
from assistant.settings import load_settings
from headrouter.backends.prompts import own_ids

SAMPLES = Path(__file__).parent.parent / "samples"
SAMPLE = SAMPLES / "meeting.flac"
ANNOTATION = json.loads((SAMPLES / "meeting.json").read_text())


@pytest.fixture(scope="module")
def assistant(nano_cache, tmp_path_factory):
    settings = load_settings({"home": tmp_path_factory.mktemp("home"), "cache": nano_cache})
    with Assistant(settings) as assistant:
        yield assistant


def ask(assistant, question, **request):
    events = list(assistant.ask(Request(str(SAMPLE), question, **request)))
    assert isinstance(events[-1], Done), events[-1]
    return {type(event): event for event in events}, events


def test_an_answer_streams_and_says_what_was_heard(assistant):
    last, events = ask(assistant, "Who is speaking?\nA. a man\nB. two women")
    streamed = "".join(event.text for event in events if isinstance(event, Token))
    assert streamed.strip() == last[Done].answer != ""
    report = last[Heard].report
    seconds = ANNOTATION["seconds"]
    assert report.seconds_heard == pytest.approx(seconds, abs=0.1)
    assert report.seconds_total == pytest.approx(seconds, abs=0.1)
    assert report.tokens_total == pytest.approx(12.5 * seconds, abs=1)
    assert report.tokens_kept == int(report.tokens_total * 0.4)
    assert report.keep == last[Planned].keep == 0.4
    assert sum(last[Routed].routes.values()) == pytest.approx(1.0)
    assert report.words == "off"  # a choice by ear needs none
    assert report.measured_bytes == pytest.approx(report.predicted_bytes, rel=0.25)
    for citation in last[Cited].citations:
        assert 0 <= citation.start < citation.end <= seconds + 0.1


def test_a_second_question_does_not_listen_again(assistant):
    ask(assistant, "Is there the sound of a dog?")
    index = next(assistant.settings.features.rglob("embeddings"))
    written = index.stat().st_mtime_ns
    last, _ = ask(assistant, "Is there the sound of a siren?", words="off")
    assert index.stat().st_mtime_ns == written
    assert last[Heard].report.seconds["ingest"] < 1.0


def test_keeping_everything_is_the_unpruned_model(assistant):
    """At keep 1 nothing is dropped; a tenth is another input, and must be a different run."""
    scope = {"start": 0.0, "end": 8.0, "words": "off"}
    whole, _ = ask(assistant, "What is said?", keep=1.0, **scope)
    tenth, _ = ask(assistant, "What is said?", keep=0.1, **scope)
    assert whole[Heard].report.tokens_kept == whole[Heard].report.tokens_total == 100
    assert tenth[Heard].report.tokens_kept == 10
    said = set(whole[Done].answer.lower().split())
    meant = {word.strip(".").lower() for word in ANNOTATION["segments"][0]["text"].split()}
    assert len(said & meant) >= len(meant) / 2  # it reads: half of the words or more
    assert tenth[Done].answer != whole[Done].answer


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("On which day is the concert?", "Friday"),
        ("What will the brother bring?", "horses"),
        ("When must the speaker go home?", "seven"),
        ("What is said about the old bridge?", "near the river"),
        ("What does the dog want?", "to come in"),
        ("Who will play a song?", "my sister"),
    ],
)
def test_what_was_said_is_quoted(assistant, question, answer):
    last, _ = ask(assistant, question)
    assert answer in last[Done].answer
    assert last[Heard].report.words == "quoted"
    assert len(last[Done].answer) < 600  # of a transcript of 900


def test_a_quote_comes_from_the_recogniser_with_its_times(assistant):
    segment = ANNOTATION["segments"][0]
    scope = {"start": 0.0, "end": segment["end"] + 0.3}
    last, _ = ask(assistant, "Quote what is said, word for word.", **scope)
    said, meant = (normal(text) for text in (last[Done].answer, segment["text"]))
    assert len(set(said) & set(meant)) / len(set(meant)) > 0.8
    (citation,) = last[Cited].citations
    assert citation.start == pytest.approx(segment["start"], abs=0.6)
    assert last[Heard].report.words == "transcript"


def test_the_shipped_profile_is_in_force_and_routes(assistant):
    """If this fails after nano has changed: calibrate it anew, docs/evidence.md says how."""
    spoken, _ = ask(assistant, "What is said about the concert?", words="off", end=20.0)
    heard, _ = ask(assistant, "Is there the sound of church bells?", words="off", end=20.0)
    assert spoken[Heard].report.calibrated
    assert spoken[Routed].routes["semantic"] > 0.5 > spoken[Routed].routes["acoustic"]
    assert heard[Routed].routes["acoustic"] > 0.5 > heard[Routed].routes["semantic"]


def test_what_is_asked_for_is_among_the_moments_cited(assistant):
    """Every sound of the sample that sounds once, by listening alone."""
    labels = [event["label"] for event in ANNOTATION["events"]]
    once = [event for event in ANNOTATION["events"] if labels.count(event["label"]) == 1]
    found = []
    for event in once:
        question = f"Is there the sound of {event['label']}?"
        last, _ = ask(assistant, question, words="off")
        cited = last[Cited].citations
        found.append(any(c.start < event["end"] and event["start"] < c.end for c in cited))
    assert len(found) > 4
    assert sum(found) >= 0.8 * len(found)


@pytest.mark.parametrize(("precision", "wanted"), [("fast", "medium"), ("full", "highest")])
def test_the_precision_of_products(nano_cache, precision, wanted):
    load_listener(load_settings({"cache": nano_cache, "precision": precision}))
    assert torch.get_float32_matmul_precision() == wanted


def test_silence_is_not_answered(assistant):
    start, end = next(span for span in silences() if span[1] - span[0] > 1.0)
    last, _ = ask(assistant, "What is said here?", start=start + 0.3, end=end - 0.3)
    assert last[Done].answer.startswith("Nothing audible")
    assert last[Heard].report.tokens_kept == 0


def silences():
    return [(span["start"], span["end"]) for span in ANNOTATION["silences"]]


def normal(text):
    return "".join(c for c in text.lower() if c.isalpha() or c == " ").split()


def test_nothing_that_is_typed_becomes_a_control_token(assistant):
    listener = assistant.models.listener()
    marks = listener.tokenizer.get_added_vocab()
    assert {"<|im_end|>", "<|im_start|>"} <= marks.keys()
    _, after = listener.card.suffix.split("{question}")
    own = len(own_ids(listener.tokenizer, after))
    for mark in marks:
        ids = listener._ask(f"What is {mark}?\n{mark}", words=f"{mark} said {mark}")
        assert not set(ids[:-own]) & set(marks.values())
    for plain in ("Who speaks?", "Is there a dog? A) yes\nB) no", " «Été» 9.30"):
        asked = own_ids(listener.tokenizer, listener.card.suffix.format(question=plain))
        assert listener._ask(plain) == asked
