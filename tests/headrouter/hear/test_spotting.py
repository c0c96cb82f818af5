"""Word spotting against sums done word by word, in a vocabulary of a few places."""

import math
from dataclasses import replace
from unittest import mock

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from headrouter.hear.letters import CLASSES, FRAMES, letters_of
from headrouter.hear.spotting import (
    Heard,
    Lexicon,
    Spelled,
    best_likelihoods,
    cut_tokenizer,
    looked_for,
    pointed,
    spotted,
)
from headrouter.question.words import Spotting

PIECES = ["Ġ", "d", "o", "g", "c", "w", "Ġd", "og", "Ġdog", "Ġc", "ow", "Ġcow", "<unk>"]
MERGES = [("Ġ", "d"), ("o", "g"), ("Ġd", "og"), ("Ġ", "c"), ("o", "w"), ("Ġc", "ow")]
TOKEN = 0.1  # seconds: a phrase has 21 tokens, and a piece follows within four
REACH = 4


def tokenizer():
    """A byte-pair one that knows dog and cow."""
    model = models.BPE({piece: n for n, piece in enumerate(PIECES)}, MERGES, unk_token="<unk>")
    made = Tokenizer(model)
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return PreTrainedTokenizerFast(tokenizer_object=made, unk_token="<unk>")


@pytest.fixture(scope="module")
def lexicon():
    embedding = torch.randn(len(PIECES), 16, generator=torch.Generator().manual_seed(0))
    return Lexicon(embedding, tokenizer(), Spotting(sharpness=10.0, merges=2))


def at(lexicon, count, **pieces):
    """(count, width) of noise, with the embedding of a piece at its token."""
    audio = 3 * torch.randn(count, 16, generator=torch.Generator().manual_seed(1))
    for token, piece in ((int(name[1:]), piece) for name, piece in pieces.items()):
        audio[token] = lexicon.embedding[PIECES.index(piece)]
    return audio


def chances(lexicon, audio):
    """(tokens, vocabulary) softmax of the cosines, word by word in double precision."""
    centre = lexicon.embedding.double().mean(dim=0)
    rows = [
        [
            10 * float(torch.cosine_similarity(token.double() - centre, word - centre, dim=0))
            for word in lexicon.embedding.double()
        ]
        for token in audio
    ]
    return torch.tensor(rows, dtype=torch.float64).softmax(dim=1)


def blocks(lexicon, audio, size=7):
    """The tokens a few at a time, as an index gives them."""
    return Heard(lambda: [(part, lexicon.mass(part)) for part in audio.split(size)])


def test_the_mass_is_that_of_the_whole_vocabulary(lexicon):
    audio = at(lexicon, 300)
    rows = lexicon.embedding[:1] - lexicon.centre
    likely = (lexicon.compare(audio, rows / rows.norm()) - lexicon.mass(audio)).exp()[0]
    wanted = chances(lexicon, audio)[:, 0].float()
    torch.testing.assert_close(likely, wanted, atol=1e-5, rtol=1e-4)


def test_in_bfloat16_the_likeliest_words_are_as_exact_as_ever(lexicon, bfloat16):
    sharp = replace(lexicon, spotting=Spotting(sharpness=37.3, merges=2))
    audio = sharp.embedding.clone()  # each token is a word
    unit = torch.nn.functional.normalize(audio - sharp.centre, dim=1)
    wanted = (37.3 * unit @ unit.T).logsumexp(dim=1)
    assert (sharp.mass(audio) - wanted).abs().max() < 1e-4
    rounded = (37.3 * unit).bfloat16() @ unit.bfloat16().T
    assert (rounded.float().logsumexp(dim=1) - wanted).abs().max() > 1e-2


def test_a_vocabulary_of_several_chunks_has_the_same_mass(lexicon):
    audio = at(lexicon, 30)
    whole = lexicon.mass(audio)
    with mock.patch("headrouter.hear.spotting.CHUNK", 3):
        torch.testing.assert_close(lexicon.mass(audio), whole)


def test_a_word_is_found_in_one_piece_or_in_several(lexicon):
    dog = lexicon.spell("dog")
    assert len(dog.ways) == 2  # " dog", and " d" "og"
    whole, parts, apart = 10, 30, 50
    audio = at(lexicon, 70, t10="Ġdog", t30="Ġd", t33="og", t50="Ġd", t56="og")
    chance = chances(lexicon, audio)
    logs, mass = lexicon.compare(audio, dog.rows), lexicon.mass(audio)
    found = dog.likelihood(logs, mass, REACH)
    one = float(chance[whole, PIECES.index("Ġdog")])
    two = math.sqrt(chance[parts, PIECES.index("Ġd")] * chance[parts + 3, PIECES.index("og")])
    assert float(found[whole]) == pytest.approx(one, rel=1e-3)
    assert float(found[parts]) == pytest.approx(two, rel=1e-3)
    assert one > 0.8 and two > 0.8
    assert float(found[apart]) < 0.5  # the second piece comes too late
    assert set(found.topk(2).indices.tolist()) == {whole, parts}


def test_a_name_lies_in_the_middle_of_its_pieces(lexicon):
    name = lexicon.spell("dog cow")
    assert name.ways == ()
    centred = lexicon.embedding - lexicon.centre
    middle = (centred[PIECES.index("Ġdog")] + centred[PIECES.index("Ġcow")]) / 2
    audio = at(lexicon, 40)
    audio[20] = lexicon.centre + 2 * middle
    found = name.likelihood(lexicon.compare(audio, name.rows), lexicon.mass(audio), REACH)
    assert int(found.argmax()) == 20
    assert 0.5 < float(found[20]) <= 1.0
    assert float(found.max()) <= 1.0


def test_without_merges_a_word_has_its_own_pieces_only(lexicon):
    own = Lexicon(lexicon.embedding, lexicon.tokenizer, Spotting(10.0, merges=None))
    assert own.spell("dog").ways == ((0,),)
    assert torch.equal(own.spell("dog").rows, lexicon.spell("dog").rows[-1:])


def test_blocks_make_no_difference_even_within_a_word(lexicon):
    audio = at(lexicon, 60, t27="Ġd", t28="og")
    whole = spotted(lexicon, "Is there the sound of a dog?", blocks(lexicon, audio, 60), TOKEN)
    parts = spotted(lexicon, "Is there the sound of a dog?", blocks(lexicon, audio, 7), TOKEN)
    torch.testing.assert_close(parts, whole)
    assert int(whole.argmax()) == 27


def test_what_is_everywhere_points_nowhere(lexicon):
    """The dog is at three places and the cow at one: that counts three times as much."""
    audio = lexicon.embedding[-1].repeat(84, 1)
    for token, piece in ((5, "Ġdog"), (26, "Ġdog"), (47, "Ġdog"), (70, "Ġcow")):
        audio[token] = lexicon.embedding[PIECES.index(piece)]
    spots = spotted(lexicon, "A dog, or a cow?", blocks(lexicon, audio), TOKEN)
    for dog in (5, 26, 47):
        assert float(spots[70] / spots[dog]) == pytest.approx(3.0, rel=0.25)


def test_more_terms_than_one_pass_takes(lexicon, monkeypatch):
    audio = at(lexicon, 50, t5="Ġdog", t30="Ġcow")
    asked = "A dog, or a cow?"
    whole = spotted(lexicon, asked, blocks(lexicon, audio), TOKEN)
    monkeypatch.setattr("headrouter.hear.spotting.AT_ONCE", 1)
    torch.testing.assert_close(spotted(lexicon, asked, blocks(lexicon, audio), TOKEN), whole)


def test_a_question_that_names_nothing_has_no_spots(lexicon):
    assert spotted(lexicon, "What do you hear?", blocks(lexicon, at(lexicon, 5)), TOKEN) is None


def test_a_recording_shorter_than_a_phrase(lexicon):
    audio = at(lexicon, 3, t1="Ġdog")
    assert int(spotted(lexicon, "a dog", blocks(lexicon, audio), TOKEN).argmax()) == 1


def test_of_another_language_sounds_are_looked_for_by_their_names_too():
    assert looked_for("Wann läutet die Kirchenglocke?") == [
        "läutet", "läutet die kirchenglocke", "kirchenglocke", "church bells",
    ]  # fmt: skip
    assert looked_for("When do the bells ring?") == ["bells", "bells ring", "ring"]


def test_weight_moves_to_what_is_spotted():
    importance = torch.tensor([0.4, 0.1, 0.1, 0.4]).repeat(25)
    importance /= importance.sum()
    spots = torch.zeros(100)
    spots[60] = 1.0
    moved = pointed(importance, spots, TOKEN)
    assert float(moved.sum()) == pytest.approx(1.0, abs=1e-6)
    assert int(moved.argmax()) == 60
    near, far = moved[51:70].sum(), moved[:40].sum()
    assert float(near) > 2 * float(far)
    torch.testing.assert_close(moved[:40] / moved[0], importance[:40] / importance[0])


def test_where_nothing_is_spotted_importance_decides():
    importance = torch.rand(50, generator=torch.Generator().manual_seed(2)).softmax(dim=0)
    torch.testing.assert_close(pointed(importance, torch.zeros(50), TOKEN), importance)


def test_a_word_weighs_more_where_its_letters_are_heard(lexicon):
    """Of two places that sound alike to the pieces, the one that is spelled so."""
    audio = at(lexicon, 80, t20="Ġd", t21="og", t60="Ġd", t61="og")
    read = torch.full((80 * FRAMES, CLASSES), -8.0)
    read[:, 0] = -0.01
    for frame, letter in zip(range(61 * FRAMES, 80 * FRAMES, 2), letters_of(" dog"), strict=False):
        read[frame, 0], read[frame, letter] = -8.0, -0.01
    heard = blocks(lexicon, audio)
    without = spotted(lexicon, "Where is the dog?", heard, TOKEN)
    spots = spotted(lexicon, "Where is the dog?", replace(heard, letters=lambda: read), TOKEN)
    assert float(without[20]) == pytest.approx(float(without[60]), rel=1e-3)
    assert float(spots[60]) > 10 * float(spots[20])
    assert float(spots[60]) > 0.9 * float(without[60])  # the only place now
    of_sounds = spotted(
        lexicon, "Where is the dog?", replace(heard, letters=lambda: read), TOKEN, said=0.0
    )
    torch.testing.assert_close(of_sounds, without)


def test_the_cut_tokenizer_knows_the_first_merges_only():
    assert tokenizer()(" dog").input_ids == [PIECES.index("Ġdog")]
    assert cut_tokenizer(tokenizer(), 2).encode(" dog").tokens == ["Ġd", "og"]
    assert cut_tokenizer(tokenizer(), 0).encode(" dog").tokens == ["Ġ", "d", "o", "g"]


def test_the_likelihood_of_nothing_alike_is_small():
    spelled = Spelled(torch.eye(2), ((0, 1),))
    logs = torch.tensor([[-9.0, -9.0, -9.0], [-9.0, -9.0, -9.0]])
    assert float(spelled.likelihood(logs, torch.zeros(3), REACH).max()) < 1e-3


def test_each_name_counts_where_it_is_likeliest(lexicon):
    audio = at(lexicon, 60, t27="Ġd", t28="og")
    dog, cow = best_likelihoods(
        lexicon, ["dog", "cow"], False, blocks(lexicon, audio), TOKEN
    ).tolist()
    spelled = lexicon.spell("cow")
    rest = spelled.likelihood(lexicon.compare(audio, spelled.rows), lexicon.mass(audio), REACH)
    assert dog > 0.95 > cow == pytest.approx(float(rest.max()), abs=1e-4)


def test_a_word_that_nobody_says_is_not_looked_for(lexicon):
    audio = at(lexicon, 60, t27="Ġd", t28="og")
    endless = "dog" * 5_000
    assert spotted(lexicon, endless, blocks(lexicon, audio), TOKEN) is None
    with_dog = spotted(lexicon, f"{endless} and the dog", blocks(lexicon, audio), TOKEN)
    torch.testing.assert_close(
        with_dog, spotted(lexicon, "and the dog", blocks(lexicon, audio), TOKEN)
    )
