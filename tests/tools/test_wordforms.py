"""Words are found in the forms in which they were said."""

import pytest

from tools.wordforms import as_said, stems


@pytest.mark.parametrize(
    ("asked", "said", "language"),
    [
        ("leave", "left", "en"),
        ("left", "leaving", "en"),
        ("buy", "bought", "en"),
        ("think", "thought", "en"),
        ("break", "broke", "en"),
        ("child", "children", "en"),
        ("gehen", "ging", "de"),
        ("schläft", "schlief", "de"),
        ("dormir", "dort", "fr"),
        ("decir", "dijo", "es"),
        ("printr", "printer", "en"),
        ("Reisebudget", "budget", "en"),
    ],
)
def test_a_word_is_found_in_another_form(asked, said, language):
    spoken = stems(f"xx {said}", language)
    assert as_said(asked.lower(), spoken, language) in stems(said, language)


@pytest.mark.parametrize(
    ("asked", "said"), [("leave", "love"), ("walking", "talking"), ("earthquakes", "earth")]
)
def test_other_words_are_not_taken_for_it(asked, said):
    assert as_said(asked, stems(said, "en"), "en") is None


def test_a_language_without_rules_is_matched_as_it_is_written():
    assert as_said("foo", {"foo"}, "xx") == "foo"
