"""What a question asks for, apart from the words that only ask."""

import pytest

from headrouter.question.words import MOST_TERMS, asked_terms, asked_words, content_words


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        (
            "Is there the sound of glass breaking?",
            ["glass", "glass breaking", "breaking"],
        ),
        ("What is said about the harbour?", ["harbour"]),
        ('Is the word "winter" said?', ["winter"]),
        ("Is doing the dishes heard?", ["doing", "doing the dishes", "dishes"]),
        ("Who speaks, a man or a woman?", ["man", "woman"]),
        ("Which sound is heard?\nA. dog\nB. cow\nAnswer with the letter only.", ["dog", "cow"]),
        ('Does anyone say "sound"?', ["sound"]),
        ("Is “exactly so” said, or dogs?", ["exactly", "exactly so", "so", "dogs"]),
        ("What is it? Tell me.", []),
        ("What's said at five o'clock?", ["five", "five o'clock", "o'clock"]),
        ("", []),
        ("What is said about the letter?", ["letter"]),
        ("What did they say about her last option?", ["last", "last option", "option"]),
        ("What was it all about at the end?", []),
    ],
)
def test_asked_terms(question, terms):
    assert asked_terms(question) == terms


def test_a_pasted_text_has_its_first_terms():
    text = " ".join(f"word{number}" for number in range(500))
    assert len(asked_terms(text)) == MOST_TERMS
    assert asked_terms(text)[0] == "word0"


def test_words_that_only_ask_are_content_but_not_asked_for():
    assert content_words("What did he say about snow?") == {"say", "about", "snow"}
    assert asked_words("What did he say about snow?") == {"snow"}


def test_an_owner_is_asked_for_without_the_s():
    assert asked_words('Is "Ruggedo\'s" said of Tom’s dog?') == {"ruggedo", "tom", "dog"}
    assert asked_terms("Tom’s dog") == ["tom", "tom dog", "dog"]
    assert content_words("Tom's dog didn't, it's said") == {"tom", "dog", "didn't", "said"}
