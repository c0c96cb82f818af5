"""Letters read off audio tokens, and decoding with them."""

import math
from itertools import groupby, pairwise, product

import pytest
import torch
from safetensors.torch import save_file
from torch.nn.functional import ctc_loss

from headrouter import testing
from headrouter.hear.letters import (
    CLASSES,
    LetterReader,
    LetterScorer,
    greedy,
    letters_of,
    spelled_out,
    spelling,
    transcribe,
)
from headrouter.prune.router import HeadRouter
from headrouter.question.choices import log_probabilities

pytestmark = pytest.mark.usefixtures("one_thread")


def some_read(frames, classes=CLASSES, seed=0):
    generator = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(frames, classes, generator=generator, dtype=torch.float64)
    return logits.log_softmax(dim=-1)


def spelled_clearly(text, frames_each=3):
    """What a sure reader reads: each letter for some frames, then none."""
    rows = torch.full((frames_each * 2 * len(text) + 2, CLASSES), -12.0, dtype=torch.float64)
    rows[:, 0] = 0.0
    for place, letter in enumerate(letters_of(text)):
        begin = 2 * frames_each * place
        rows[begin : begin + frames_each, 0] = -12.0
        rows[begin : begin + frames_each, letter] = 0.0
    return rows.log_softmax(dim=-1)


@pytest.mark.parametrize("text", ["a", "aa", "hello", "to see", "it's"])
def test_a_whole_text_has_the_probability_that_ctc_gives_it(text):
    read = some_read(30)
    scorer = LetterScorer(read)
    prefix = scorer.extend(scorer.empty(), [letters_of(text)])
    wanted = -ctc_loss(
        read[:, None],
        torch.tensor([letters_of(text)]),
        torch.tensor([30]),
        torch.tensor([len(text)]),
        reduction="sum",
    )
    assert float(prefix.whole[0]) == pytest.approx(float(wanted), abs=1e-9)


def test_a_prefix_has_the_probability_of_all_that_begins_so():
    """Of all texts of up to three letters of an alphabet of two, in three frames."""
    read = some_read(3, classes=3)
    scorer = LetterScorer(read)

    def whole(text):
        return scorer.extend(scorer.empty(), [list(text)]).whole[0].exp()

    for begin in [(2,), (2, 2), (2, 1)]:
        texts = [t for n in range(1, 4) for t in product((1, 2), repeat=n)]
        # two spaces, of which one would be left out, take more frames than these
        fair = [text for text in texts if (1, 1) not in pairwise(text)]
        wanted = sum(whole(text) for text in fair if text[: len(begin)] == begin)
        found = scorer.extend(scorer.empty(), [list(begin)]).score[0].exp()
        assert float(found) == pytest.approx(float(wanted), abs=1e-9)


def test_texts_go_on_from_where_they_are_each_by_its_own():
    scorer = LetterScorer(some_read(40))
    begun = scorer.extend(scorer.empty(), [letters_of("the")])
    both = begun.rows(torch.tensor([0, 0, 0]))
    found = scorer.extend(both, [letters_of(" cat"), letters_of("n"), []])
    for row, text in enumerate(["the cat", "then", "the"]):
        alone = scorer.extend(scorer.empty(), [letters_of(text)])
        assert float(found.score[row]) == pytest.approx(float(alone.score[0]), abs=1e-9)


def test_a_word_is_found_where_its_letters_end():
    read = spelled_clearly("see the zoo")
    the, zoo = (spelled_out(read, letters_of(word)) for word in (" the", "zoo"))
    last = 2 * 3 * len("see th")  # the frame where its last letter begins
    assert float(the[:last].max()) < 0.1 < 0.9 < float(the[last])
    assert float(zoo[-1]) > 0.9
    assert float(spelled_out(read, letters_of("zoom")).max()) < 0.1


def brute_spelled_out(read, letters, end):
    """The best of all alignments that end at a frame on the word's last letter or after it."""
    beside = read - read.amax(dim=1, keepdim=True)
    best = -1e9
    for begin in range(end + 1):
        for way in product(sorted({0, *letters}), repeat=end - begin + 1):
            said = [k for k, _ in groupby(way) if k]
            if said == list(letters) and way[0]:
                best = max(best, float(sum(beside[begin + i, k] for i, k in enumerate(way))))
    return math.exp(best / len(letters))


@pytest.mark.parametrize("letters", [[1], [1, 2], [2, 2]])
def test_it_is_the_best_of_all_alignments(letters):
    read = torch.randn(5, 4, generator=torch.Generator().manual_seed(4)).double().log_softmax(1)
    wanted = [brute_spelled_out(read, letters, end) for end in range(5)]
    assert spelled_out(read, letters).tolist() == pytest.approx(wanted, rel=1e-5)


def test_letters_of_a_text():
    assert letters_of("Tom’s, “a-b” 7") == letters_of("tom's ab ")
    assert max(letters_of("z")) == CLASSES - 1


@pytest.mark.parametrize("text", ["18", "да", "é", "\N{REPLACEMENT CHARACTER}", "日"])
def test_what_has_no_letters_but_is_spoken_is_not_spelled(text):
    """It would be free, and be said again and again."""
    assert spelling(text) is None


def test_spelling():
    assert spelling(" eighteen") == letters_of(" eighteen")
    assert spelling(".") == spelling('?"') == []
    assert spelling("’s") == letters_of("'s")


@torch.inference_mode()
def test_a_token_without_a_spelling_is_never_said():
    model, inputs = testing.tiny_model("voxtral"), testing.tiny_inputs("voxtral", (2,))
    said, _ = transcribe(model, inputs, some_read(60), spelled, END, 12)
    banned = set(said)
    other, _ = transcribe(
        model, inputs, some_read(60), lambda t: None if t in banned else spelled(t), END, 12
    )
    assert said and not banned & set(other)


def test_the_best_class_of_each_frame():
    assert greedy(spelled_clearly("see the zoo")) == "see the zoo"
    assert greedy(spelled_clearly("")) == ""


def test_a_reader_is_loaded_as_it_was_saved(tmp_path):
    reader = LetterReader(6)
    save_file(reader.state_dict(), tmp_path / "letters.safetensors")
    tokens = torch.randn(5, 6)
    read = LetterReader.load(tmp_path / "letters.safetensors").read(tokens)
    assert read.shape == (20, CLASSES)
    assert torch.allclose(read, reader(tokens[None])[0].double().log_softmax(-1), atol=1e-6)


END = 11


def spelled(token):
    """Tokens of the tiny model as letters: every third is none."""
    return [] if token % 3 == 0 else [2 + token % 26]


@torch.inference_mode()
@pytest.mark.parametrize("keep", [1.0, 0.4])
def test_beams_are_blind_to_each_other_in_a_pruned_prompt(keep):
    """What the model said of the best text is what it says of it by itself."""
    model, inputs = testing.tiny_model("voxtral"), testing.tiny_inputs("voxtral", (2,))
    with HeadRouter(model, keep=keep) as router:
        ids, said = transcribe(model, inputs, some_read(60), spelled, END, 12)
        assert (len(router.pruned[0].kept) < len(router.pruned[0].audio)) == (keep < 1)
        (alone,) = log_probabilities(model, inputs, [torch.tensor([*ids, END])])
    assert 0 < len(ids) <= 12
    said_alone = alone if len(ids) < 12 else alone[:-1]  # cut off, or at its end
    assert said == pytest.approx(float(said_alone.mean()), abs=1e-5)


@torch.inference_mode()
def test_letters_decide_where_the_model_does_not_know(monkeypatch):
    """A random model finds all tokens about alike; what is read is clear."""
    monkeypatch.setattr("headrouter.hear.letters.CANDIDATES", testing.VOCAB)
    monkeypatch.setattr("headrouter.hear.letters.WEIGHT", 5.0)
    model, inputs = testing.tiny_model("voxtral"), testing.tiny_inputs("voxtral", (2,))
    tokenizer = testing.tiny_tokenizer()
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")

    def spelled(token):
        text = tokenizer.convert_ids_to_tokens(token)
        return (letters_of(text) if len(text) == 1 else []) or letters_of("z")

    ids, _ = transcribe(model, inputs, spelled_clearly("so it is"), spelled, end, 20)
    said = "".join(tokenizer.convert_ids_to_tokens(list(ids)))
    assert letters_of(said) == letters_of("so it is")


@torch.inference_mode()
def test_it_can_be_stopped():
    model, inputs = testing.tiny_model("voxtral"), testing.tiny_inputs("voxtral", (2,))
    ids, _ = transcribe(model, inputs, some_read(60), spelled, END, 12, stop=lambda: True)
    assert len(ids) <= 1
