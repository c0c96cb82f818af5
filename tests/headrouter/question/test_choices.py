"""Lettered choices: how they are found in a question, and which option is taken."""

import random

import pytest
import torch

from headrouter import testing
from headrouter.lab.corpus import questions
from headrouter.lab.corpus.annotations import Question
from headrouter.lab.evidence import suite
from headrouter.prune.router import HeadRouter
from headrouter.question.choices import (
    HEARD_EVEN,
    SAID_EVEN,
    find_choice,
    find_whether,
    log_probabilities,
    option_scores,
    sentence,
)

pytestmark = pytest.mark.usefixtures("one_thread")

OPTIONS = {"A": "a dog", "B": "church bells", "C": "rain", "D": "a St. Bernard, 2 years old"}


@pytest.mark.parametrize(
    "text",
    [
        "Which is heard?\nA. a dog\nB. church bells\nC. rain\nD. a St. Bernard, 2 years old",
        "Which is heard?\n(A) a dog\n(B) church bells\n(C) rain\n(D) a St. Bernard, 2 years old",
        "Which is heard? A) a dog B) church bells C) rain D) a St. Bernard, 2 years old",
        "Which is heard?\nA: a dog\nB: church bells\nC: rain\nD: a St. Bernard, 2 years old\n"
        "Answer with the option only.",
        "Which is heard? (A) a dog (B) church bells (C) rain (D) a St. Bernard, 2 years old "
        "Choose the correct option.",
    ],
)
def test_options_are_found_in_the_usual_forms(text):
    choice = find_choice(text)
    assert choice is not None
    assert (choice.question, dict(choice.options)) == ("Which is heard?", OPTIONS)
    assert choice.answer("B") == "B. church bells"


@pytest.mark.parametrize("request_", ["Answer with the letter.", "Reply with one letter only."])
def test_a_letter_is_all_that_is_said_if_asked_for(request_):
    choice = find_choice(f"Who speaks?\nA. a man\nB. a woman\n{request_}")
    assert choice is not None and choice.answer("B") == "B"
    assert choice.options["B"] == "a woman"


@pytest.mark.parametrize(
    "text",
    [
        "Who speaks?",
        "What does she call plan A. or plan B in the end?",
        "A. a dog\nB. a cat",
        "What is said about vitamin A and vitamin B?",
        "Which is it?\nA. \nB. ",
    ],
)
def test_other_questions_are_no_choice(text):
    assert find_choice(text) is None


def test_all_that_training_and_benchmark_ask_is_found():
    question = Question("order", "Which comes first?", "dog", ("cello", "rain", "sea waves"))
    for seed in range(60):
        rng = random.Random(seed)
        asked = questions.lettered(question, rng)
        choice = find_choice(asked.text)
        assert choice is not None and choice.question == question.text
        letter = next(letter for letter, option in choice.options.items() if option == "dog")
        assert asked.answer.strip("(").startswith(letter)
        assert set(choice.options.values()) == {"dog", *question.wrong}
    choice = find_choice(suite.lettered("Who?", ["one", "two"]))
    assert choice is not None and choice.letter_only and choice.options["B"] == "two"


def test_an_answer_is_a_sentence():
    assert sentence("a dog") == "A dog."
    assert sentence("No, it is silent.") == "No, it is silent."


def test_an_option_is_said_in_sentences():
    choice = find_choice("Who barks?\nA. Dog\nB. Fox", ["{}", "the {}", "... {}"])
    assert choice is not None
    assert choice.said_as("A") == ["Dog.", "The dog.", "... dog."]


ANSWERS = [torch.tensor(ids) for ids in ([50, 51, 52], [53], [51, 50], [50, 51, 52])]


@pytest.mark.parametrize("keep", [1.0, 0.4])
@pytest.mark.parametrize("family", sorted(testing.TINY.keys() - {"gemma4"}))  # it slides
@torch.inference_mode()
def test_answers_weigh_as_if_each_came_alone(family, keep):
    """After one pruned prompt, whichever answers were weighed before."""
    model, inputs = testing.tiny_model(family), testing.tiny_inputs(family, (2,))
    with HeadRouter(model, keep=keep) as router:
        together = log_probabilities(model, inputs, ANSWERS)
        kept = len(router.pruned[0].kept)
        alone = [log_probabilities(model, inputs, [answer])[0] for answer in ANSWERS]
    assert kept < len(router.pruned[0].audio) or keep == 1.0
    for found, wanted in zip(together, alone, strict=True):
        torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-5)
    assert not torch.equal(together[0][:2], together[2])


@torch.inference_mode()
def test_the_unpruned_weights_are_the_models_own():
    model, inputs = testing.tiny_model("voxtral"), testing.tiny_inputs("voxtral", (2,))
    (found,) = log_probabilities(model, inputs, ANSWERS[:1])
    ids = torch.cat([inputs["input_ids"], ANSWERS[0][None]], dim=1)
    whole = inputs | {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    logits = model(**whole).logits[0, -4:-1].log_softmax(-1)
    torch.testing.assert_close(found, logits.gather(1, ANSWERS[0][:, None])[:, 0])


@torch.inference_mode()
def test_scores_are_shares_of_the_options():
    model, inputs = testing.tiny_model("voxtral"), testing.tiny_inputs("voxtral", (2,))
    asked = "Who?\nA. one\nB. two\nC. three"
    ids = {"One.": [50, 51], "Two.": [52], "Three.": [52, 50, 51]}
    others = {f"The {text.lower()}": [40, *row] for text, row in ids.items()}
    said = {text: torch.tensor(row) for text, row in (ids | others).items()}
    plain, both = (
        option_scores(model, inputs, find_choice(asked, forms), said.__getitem__)
        for forms in (["{}"], ["{}", "the {}"])
    )
    means = torch.stack([f.mean() for f in log_probabilities(model, inputs, list(said.values()))])
    assert list(plain) == list(both) == ["A", "B", "C"]
    assert list(plain.values()) == pytest.approx(means[:3].log_softmax(0).tolist(), abs=1e-4)
    best = torch.maximum(means[:3], means[3:]).log_softmax(0)
    assert list(both.values()) == pytest.approx(best.tolist(), abs=1e-4)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('Which word is said?\nA. about\nB. "Snow"\nC. old man', ["about", "snow", "old man"]),
        ("What is heard? (A) A dog. (B) the rain", ["dog", "rain"]),
        ("Which comes first, dog or cat?\nA. dog\nB. cat", None),  # both are there
        ("Who speaks?\nA. a man\nB. a woman", None),
        ("How often?\nA. once\nB. twice", None),
        ("What is heard?\nA. rain\nB. none of these", None),
        ("What is said?\nA. that it will rain tomorrow\nB. snow", None),  # no name
    ],
)
def test_what_a_question_leaves_to_its_options(text, names):
    assert find_choice(text).names == names


@torch.inference_mode()
def test_what_was_spotted_counts_beside_what_is_likely():
    model, inputs = testing.tiny_model("voxtral"), testing.tiny_inputs("voxtral", (2,))
    choice = find_choice("Which is heard?\nA. one\nB. two")
    ids = {"One.": torch.tensor([50, 51]), "Two.": torch.tensor([52])}
    plain, evenly, one, two = (
        option_scores(model, inputs, choice, ids.__getitem__, likely)
        for likely in (None, *map(torch.tensor, ([0.0, 0.0], [1.0, 0.0], [0.0, 1.0])))
    )
    assert evenly == pytest.approx(plain, abs=1e-4)
    assert one["A"] > plain["A"] and two["B"] > plain["B"]
    assert max(one, key=one.__getitem__) == "A" and max(two, key=two.__getitem__) == "B"


@pytest.mark.parametrize(
    ("question", "thing", "word"),
    [
        ('Is the word "tolerably" said?', "tolerably", True),
        ("Is “Ruggedo’s” spoken?", "ruggedo", True),
        ("Was the budget mentioned?", "budget", True),
        ("Does anyone say “well-known”?", None, True),  # two words to the ear
        ('Is the word "good morning" said?', None, True),
        ("Is there the sound of a dog?", "dog", False),
        ("Is the sound of glass breaking heard?", "glass breaking", False),
        ("can you hear church bells", "church bells", False),
        ("Is rain audible?", "rain", False),
        ("Is there a deadline?", None, False),  # more than yes or no is hoped for
        ("Can you hear what he says about the dog?", None, False),
        ("Is there the sound of a dog, and when?", None, False),
        ("Is a man or a woman heard?", None, False),
        ("Is anything audible?", None, False),
        ("Can you hear anything?", None, False),
    ],
)
def test_what_a_question_asks_the_presence_of(question, thing, word):
    found = find_whether(question)
    assert (found and (found.thing, found.word)) == (thing and (thing, word))
    if found:
        assert [found.answer(letter) for letter in found.options] == ["Yes.", "No."]


@pytest.mark.parametrize(
    ("question", "spotted", "wanted"),
    [
        ("Is the word dog said?", 0.5, "A"),
        ("Is the word dog said?", 0.001, "B"),
        ("Is the sound of a dog heard?", 0.5, "A"),
        ("Is the sound of a dog heard?", 0.001, "even"),  # it may be called by another name
    ],
)
@torch.inference_mode()
def test_what_was_spotted_speaks_for_yes_or_no(question, spotted, wanted):
    """To a model that finds both as likely."""
    model, inputs = testing.tiny_model("voxtral"), testing.tiny_inputs("voxtral", (2,))
    found = find_whether(question)
    ids = {"Yes.": torch.tensor([50]), "No.": torch.tensor([50])}
    heard = found.heard(
        lambda names, said: torch.full((len(names),), spotted if said == found.word else 0.5)
    )
    assert heard[1] == pytest.approx(SAID_EVEN if found.word else HEARD_EVEN)
    scores = option_scores(model, inputs, found, ids.__getitem__, heard)
    best = max(scores, key=scores.__getitem__)
    assert (scores["A"] == scores["B"]) if wanted == "even" else best == wanted
