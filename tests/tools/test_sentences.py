"""Recognised words in sentences."""

import pytest

from memory import Word, as_text
from tools.sentences import sentences


def spoken(text, every=0.4, start=0.0):
    return [
        Word(start + number * every, start + number * every + 0.3, word, 1.0)
        for number, word in enumerate(text.split())
    ]


def texts(words):
    return [as_text(sentence) for sentence in sentences(words)]


def test_full_stops_and_what_else_ends_one():
    said = 'We met. Who came? "All of them!" And then… it rained'
    assert texts(spoken(said)) == [
        "We met.",
        "Who came?",
        '"All of them!"',
        "And then…",
        "it rained",
    ]


def test_a_title_ends_none():
    assert texts(spoken("I saw Mr. Hill at St. Mary. He waved.")) == [
        "I saw Mr. Hill at St. Mary.",
        "He waved.",
    ]


def test_a_pause_ends_one():
    assert texts(spoken("we met") + spoken("it rained", start=2.4)) == ["we met", "it rained"]
    assert texts(spoken("we met") + spoken("it rained", start=2.1)) == ["we met it rained"]


def test_speech_without_full_stops_is_cut():
    long = sentences(spoken("and so on " * 30))
    assert [len(sentence) for sentence in long] == [38, 38, 14]


def test_no_words():
    assert sentences([]) == []


@pytest.mark.parametrize(
    "text", ["今天 天气 很 好。 我们 走。", "本当？ はい！", "He said “no.” Then he left."]
)
def test_sentences_end_in_every_script(text):
    assert len(sentences(spoken(text))) == 2


def test_abbreviations_end_no_sentence():
    assert len(sentences(spoken("The C.B. radio, e.g. that of the U.S. Army, is on."))) == 1
