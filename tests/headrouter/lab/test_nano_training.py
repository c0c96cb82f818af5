"""Both training stages on a tiny model: the loss falls, and a resumed run is the same run."""

import itertools
import json
import random
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer, VoxtralConfig, VoxtralForConditionalGeneration
from typer.testing import CliRunner

from headrouter import models
from headrouter.hear.letters import LetterReader
from headrouter.lab.__main__ import app
from headrouter.lab.corpus.clips import find_clips
from headrouter.lab.corpus.composing import Composer
from headrouter.lab.corpus.scapes import Scape, Segment
from headrouter.lab.train import align, classes, evaluate, examples, lora, losses, training, tune
from headrouter.lab.train.align import word_errors
from headrouter.lab.train.classes import Classes, Reader, plain
from headrouter.lab.train.evaluate import Asked, table
from headrouter.lab.train.losses import Losses, token_span
from headrouter.lab.train.training import Checkpoint, Nano, schedule
from headrouter.nano import build
from tests.headrouter.lab.test_nano_data import WORLD, folder, talk  # noqa: F401

WIDTH = 32


@pytest.fixture(scope="module")
def tokenizer(nano_cache):
    return AutoTokenizer.from_pretrained(models.locate("nano", nano_cache))


@pytest.fixture
def make_nano(tokenizer, one_thread):
    def make():
        torch.manual_seed(0)
        audio = {"hidden_size": 16, "intermediate_size": 64, "num_hidden_layers": 5}
        text = {"hidden_size": WIDTH, "intermediate_size": 48, "num_hidden_layers": 2}
        heads = {"num_attention_heads": 2}
        config = VoxtralConfig(
            audio_config={**audio, **heads, "num_mel_bins": 16},
            text_config={
                "model_type": "llama",
                **text,
                **heads,
                "num_key_value_heads": 1,
                "head_dim": 16,
                "vocab_size": len(tokenizer),
            },
            audio_token_id=4,
        )
        model = VoxtralForConditionalGeneration(config).eval().requires_grad_(False)
        for weight in (model.get_input_embeddings().weight, model.lm_head.weight):
            torch.nn.init.normal_(weight, std=0.3)
        return Nano(model, tokenizer)

    return make


@pytest.fixture
def composers(folder):  # noqa: F811
    clips = find_clips(folder)
    return Composer(clips, 1, augment=True), Composer(clips, 2, augment=False)


class Stopped(Exception):
    pass


def run_align(nano, composers, out, steps=30, stop=None, every=5, pool=0, **more):
    losses = {}

    def report(step, values):
        if "pieces" in values or "labels" in values:
            losses[step] = sum(values.values())
        if step == stop and any(name.startswith("dev") for name in values):
            raise Stopped

    path = align.align(
        nano,
        *composers,
        out,
        steps=steps,
        size=1,
        seed=1,
        fresh=True,
        dev_windows=1,
        every=every,
        report=report,
        pool=pool,
        **more,
    )
    return path, losses


# -- alignment


def test_alignment_learns_and_leaves_an_adapter(make_nano, composers, tmp_path):
    nano = make_nano()
    untouched = nano.encoder.layers[0].fc1.weight.clone()
    path, losses = run_align(nano, composers, tmp_path / "out", steps=40, every=40)
    first, last = (np.mean(list(losses.values())[part]) for part in (slice(8), slice(-8, None)))
    assert last < 0.7 * first
    assert torch.equal(untouched, nano.encoder.layers[0].fc1.weight)
    record = json.loads((tmp_path / "out/record.json").read_text())
    assert record["steps"] == 40 and record["settings"]["seed"] == 1
    assert 0 <= record["log"][-1]["dev"]["wer"] < 5
    fresh = make_nano()
    fresh.load_front(training.read_adapter(path))
    for name, tensor in fresh.front().items():
        assert torch.allclose(tensor, nano.front()[name], atol=2e-3, rtol=2e-3), name
    reader = LetterReader.load(tmp_path / "out/letters.safetensors")
    assert reader.mean.shape == (WIDTH,) and reader.mean.abs().max() > 0


def test_letters_go_on_from_those_that_are_given(make_nano, composers, tmp_path):
    torch.manual_seed(3)
    given = LetterReader(WIDTH)
    given.level(torch.randn(20, WIDTH))
    given.save(tmp_path / "given.safetensors")
    letters = tmp_path / "given.safetensors"
    run_align(make_nano(), composers, tmp_path / "out", steps=1, letters=letters)
    after = LetterReader.load(tmp_path / "out/letters.safetensors")
    assert torch.equal(after.mean, given.mean.half().float())
    moved = (after.out.weight - given.out.weight).abs().max()
    assert 0 < moved < 0.01


def test_letters_are_learned_of_whole_windows(make_nano):
    """Where nothing is said, a frame that is read as a letter costs."""
    torch.manual_seed(1)
    reader, tokens = LetterReader(WIDTH), torch.randn(2, 375, WIDTH)
    texts = ["so it is", ""]
    descent = torch.optim.Adam(reader.parameters(), 1e-2)
    costs = []
    for _ in range(40):
        costs.append(losses.letter_loss(reader, tokens, texts))
        descent.zero_grad()
        costs[-1].backward()
        descent.step()
    assert costs[-1] < 0.2 * costs[0]
    with torch.no_grad():
        reader.out.bias.view(-1, 29)[:, 1] = 1000.0
    assert losses.letter_loss(reader, tokens[1:], [""]) > 1000


def test_what_is_said_in_a_window():
    segments = (
        Segment(0.0, 1.0, "speech", text="HELLO, Tom's"),
        Segment(1.0, 2.0, "sound", label="dog"),
        Segment(2.0, 3.0, "speech", text="Dog."),
    )
    assert losses.said(Scape(np.zeros(10, np.float32), segments)) == "hello tom's dog"


@pytest.mark.parametrize("pool", [0, 3])
def test_a_resumed_alignment_goes_the_same_way(make_nano, composers, tmp_path, pool):
    _, whole = run_align(make_nano(), composers, tmp_path / "whole", steps=10, pool=pool)
    with pytest.raises(Stopped):
        run_align(make_nano(), composers, tmp_path / "cut", steps=10, stop=5, pool=pool)
    _, resumed = run_align(make_nano(), composers, tmp_path / "cut", steps=10, pool=pool)
    assert min(resumed) == 6
    assert resumed[10] == pytest.approx(whole[10], rel=1e-4)


def test_bfloat16_only_where_the_processor_has_it(make_nano, monkeypatch):
    """What comes out is float32 either way, and the same within bfloat16's rounding."""
    nano = make_nano()
    mel = torch.randn(1, nano.encoder.conv1.in_channels, 3000)
    heard = {}
    for native in (False, True):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda n=native: {"avx512_bf16": n})
        with training.native_bfloat16(nano.device):
            assert torch.is_autocast_enabled("cpu") is native
        heard[native] = nano.hear_high(nano.hear_low(mel)).detach()
        assert heard[native].dtype == torch.float32
    assert torch.allclose(heard[False], heard[True], atol=0.1)
    assert not torch.equal(heard[False], heard[True])


def test_a_folder_of_another_run_is_not_overwritten(tmp_path):
    Checkpoint(tmp_path, {"seed": 1}).save(3, {})
    with pytest.raises(ValueError, match="other settings"):
        Checkpoint(tmp_path, {"seed": 2})
    assert Checkpoint(tmp_path, {"seed": 1}).load()["step"] == 3


def test_the_rate_rises_and_falls():
    rates = [schedule(step, 100) for step in range(100)]
    assert rates[0] < rates[3] < rates[5] == max(rates)
    assert rates[-1] == pytest.approx(0.04, abs=0.01)


def test_perfect_tokens_lose_nothing(make_nano):
    """Audio tokens that are the pieces' own embeddings are read back, and names of sounds too."""
    nano = make_nano()
    classes = Classes.of(nano, ["the old house stands"] * 20, ["dog", "church bells"])
    reader = Reader(classes, nano.embedding.mean(0))
    target = classes.encode("The old house!")
    rows = torch.cat([reader.blank[None], classes.rows + reader.centre])
    heard = [0, target[0], target[0], 0, target[1], target[2], 0]
    logits = reader(rows[heard])
    assert classes.decode(logits.argmax(-1).tolist()) == "the old house"
    bells = reader(classes.rows[classes.labels["church bells"] - 1] + reader.centre)
    assert int(bells.argmax()) == classes.labels["church bells"]


def test_rare_words_are_spelled_in_shorter_pieces(make_nano):
    nano = make_nano()
    texts = ["the house"] * 20 + ["the terrorist"]
    spelling = classes.Spelling(nano, texts)
    assert spelling("house") == nano.ids(" house")
    assert len(spelling("terrorist")) > len(nano.ids(" terrorist"))
    assert spelling.tokenizer.decode(spelling("The terrorist's house")).strip() == (
        "the terrorist's house"
    )


def test_losses_look_where_the_segments_are(make_nano):
    nano = make_nano()
    classes = Classes.of(nano, ["go on"] * 20, ["dog"])
    losses = Losses(nano, classes, Reader(classes, nano.embedding.mean(0)))
    frames = torch.randn(1, 1500, 16)
    said = Segment(2.0, 4.0, "speech", "Go on.", None, "a", "F")
    barked = Segment(10.0, 12.0, "sound", label="dog")
    scape = Scape(np.zeros(0, np.float32), (said, barked))
    before = losses(frames, [scape])
    assert set(before) == {"norm", "pieces", "letters", "gender", "labels", "pauses"}
    first, last = token_span(barked)
    frames[:, first * 4 : last * 4] = torch.randn(1, (last - first) * 4, 16)
    after = losses(frames, [scape])
    assert after["labels"] != before["labels"]
    assert after["pieces"] == before["pieces"] and after["gender"] == before["gender"]
    assert after["pauses"] == before["pauses"]
    frames[:, 15 * 50 :] = torch.randn(1, 15 * 50, 16)
    assert losses(frames, [scape])["pauses"] != after["pauses"]


@torch.no_grad()
def test_between_words_stands_who_speaks(make_nano):
    """Tokens that read "woman go woman on" cost less where a woman says it, and read "go on"."""
    nano = make_nano()
    classes = Classes.of(nano, ["go on"] * 20, [])
    reader = Reader(classes, nano.embedding.mean(0))
    losses = Losses(nano, classes, reader)
    woman = classes.genders["F"]
    go, on = classes.encode("Go on.")
    tokens = classes.rows[[c - 1 for c in (woman, go, woman, on, woman)]] + reader.centre
    of = {g: Segment(0.0, 0.4, "speech", "Go on.", None, "a", g) for g in ("F", "M", None)}
    cost = {g: float(losses._pieces([(tokens, segment)])) for g, segment in of.items()}
    assert cost["F"] < 0.1 * min(cost["M"], cost[None])
    assert classes.decode(reader(tokens).argmax(-1).tolist()) == "go on"


def test_pauses_are_background_or_silence(make_nano):
    classes = Classes.of(make_nano(), ["go on"] * 20, ["dog", "rain"])
    said = Segment(2.0, 4.0, "speech", "Go on.", None, "a", "F")
    quiet = Scape(np.zeros(0, np.float32), (said,))
    between = losses.pauses(quiet)
    first, last = token_span(said)
    assert not between[first:last].any() and int((~between).sum()) == last - first
    assert classes.pause(quiet) == classes.silence != classes.labels["rain"]
    assert classes.pause(replace(quiet, background="rain")) == classes.labels["rain"]


def test_word_errors_are_the_least_edits():
    assert word_errors("a b c".split(), "a x c d".split()) == 2
    assert word_errors([], ["a"]) == 1
    assert plain("Don't—go, 5 times!") == "don't go times"


# -- tuning


def run_tune(nano, composers, out, steps, stop=None, every=100, **more):
    losses = {}

    def report(step, values):
        if "loss" in values:
            losses[step] = values["loss"]
        elif step == stop:
            raise Stopped

    path = tune.tune(
        nano,
        *composers,
        out,
        steps=steps,
        size=1,
        seed=1,
        dev_windows=1,
        every=every,
        report=report,
        **more,
    )
    return path, losses


def test_tuning_learns_and_its_adapter_fits_the_build(make_nano, composers, tmp_path, monkeypatch):
    monkeypatch.setattr(tune, "LORA_RATE", 2e-2)
    nano = make_nano()
    base = {name: tensor.clone() for name, tensor in nano.model.state_dict().items()}
    path, losses = run_tune(nano, composers, tmp_path / "out", steps=60)
    first, last = (np.mean(list(losses.values())[part]) for part in (slice(8), slice(-8, None)))
    assert last < 0.9 * first
    adapter = training.read_adapter(path)
    merged = build.merge(base, adapter, lora.ALPHA / lora.RANK, homes=base)
    name = "model.language_model.layers.0.mlp.up_proj.weight"
    stem = name.removeprefix("model.").removesuffix(".weight")
    change = adapter[f"{stem}.lora_B.weight"].float() @ adapter[f"{stem}.lora_A.weight"].float()
    assert change.abs().max() > 0
    assert torch.allclose(merged[name].float(), base[name] + 2 * change, atol=2e-3)


def low_rank(seed: int, width: int = 6, rank: int = 2) -> dict[str, torch.Tensor]:
    drawn = torch.Generator().manual_seed(seed)
    shapes = {"x.lora_A.weight": (rank, width), "x.lora_B.weight": (width, rank)}
    shapes["multi_modal_projector.linear_1.weight"] = (3, 3)
    return {name: torch.randn(shape, generator=drawn) for name, shape in shapes.items()}


def product(adapter: dict[str, torch.Tensor]) -> torch.Tensor:
    return adapter["x.lora_B.weight"] @ adapter["x.lora_A.weight"]


def test_two_adapters_are_averaged_by_what_they_add_and_not_by_its_halves():
    one = low_rank(1)
    turned = one | {  # the same product, of other halves
        "x.lora_A.weight": -one["x.lora_A.weight"],
        "x.lora_B.weight": -one["x.lora_B.weight"],
    }
    turned["multi_modal_projector.linear_1.weight"] = torch.zeros(3, 3)
    found = training.averaged(one, turned, 0.25)
    assert torch.allclose(product(found), product(one), atol=1e-5)
    projector = "multi_modal_projector.linear_1.weight"
    assert torch.allclose(found[projector], 0.75 * one[projector])
    assert {name: tensor.shape for name, tensor in found.items()} == {
        name: tensor.shape for name, tensor in one.items()
    }


def test_the_average_of_two_updates_is_the_best_of_their_rank():
    one, other = low_rank(1), low_rank(2)
    found = product(training.averaged(one, other, 0.5))
    exact = (product(one) + product(other)) / 2
    left, sizes, right = torch.linalg.svd(exact)
    best = left[:, :2] * sizes[:2] @ right[:2]
    assert torch.allclose(found, best, atol=1e-5)


def test_average_writes_an_adapter_and_letters_or_says_what_is_wrong(tmp_path):
    command = ["average", "--out", str(tmp_path / "c" / "adapter.safetensors")]
    for side, name in ((1, "first"), (2, "second")):
        (tmp_path / name).mkdir()
        path = tmp_path / name / "adapter.safetensors"
        training.write_adapter(low_rank(side), path)
        LetterReader(8).save(path.with_name("letters.safetensors"))
        command += [f"--{name}", str(path)]
    assert CliRunner().invoke(app, command).exit_code == 0
    written = training.read_adapter(tmp_path / "c" / "adapter.safetensors")
    exact = training.averaged(low_rank(1), low_rank(2), 0.5)
    assert torch.allclose(
        product({k: v.float() for k, v in written.items()}), product(exact), atol=0.05
    )
    assert LetterReader.load(tmp_path / "c" / "letters.safetensors")
    training.write_adapter(low_rank(2, width=7), tmp_path / "second" / "adapter.safetensors")
    refused = CliRunner().invoke(app, command)
    assert refused.exit_code == 1
    assert "can't be averaged" in str(refused.exception or refused.output)


def test_a_run_ends_by_the_clock_with_its_rates_fallen(make_nano, composers, tmp_path, monkeypatch):
    now = itertools.count(0, 10.0)
    monkeypatch.setattr(training, "time", SimpleNamespace(monotonic=now.__next__, strftime=str))
    _, losses = run_align(make_nano(), composers, tmp_path, steps=1000, minutes=5)
    assert 3 < max(losses) < 40
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    assert state["rates"]["_last_lr"][0] < 0.1 * align.ENCODER_RATE
    assert json.loads((tmp_path / "record.json").read_text())["steps"] < 40


def test_a_pace_is_that_of_steps_without_a_clock():
    pace = training.Pace(8)
    assert [pace(step) for step in (0, 2, 8, 9)] == [0.0, 0.25, 1.0, 1.0]


def test_a_resumed_tuning_goes_the_same_way(make_nano, composers, tmp_path):
    _, whole = run_tune(make_nano(), composers, tmp_path / "whole", steps=6, every=2)
    with pytest.raises(Stopped):
        run_tune(make_nano(), composers, tmp_path / "cut", steps=6, every=2, stop=4)
    _, resumed = run_tune(make_nano(), composers, tmp_path / "cut", steps=6, every=2)
    assert min(resumed) == 5
    assert resumed[6] == pytest.approx(whole[6], rel=1e-4)


def test_the_encoder_learns_with_the_language_model(make_nano, composers, tmp_path):
    """A resumed run is the same run there too, and its adapter holds the encoder that it made."""
    aligned, _ = run_align(make_nano(), composers, tmp_path / "aligned", steps=2)

    def run(out, **more):
        nano = make_nano()
        nano.load_front(training.read_adapter(aligned))
        front = {name: tensor.clone() for name, tensor in nano.front().items()}
        try:
            where = {"together": tmp_path / "aligned", "workers": 2}
            return front, *run_tune(nano, composers, tmp_path / out, 4, every=2, **where, **more)
        except Stopped:
            return front, None, {}

    front, path, whole = run("whole")
    after = training.read_adapter(path)
    moved = {name for name in front if not torch.equal(front[name].half(), after[name])}
    assert any("audio_tower.layers.4." in name for name in moved)
    assert any("projector" in name for name in moved)
    before, letters = (
        LetterReader.load(tmp_path / name / "letters.safetensors") for name in ("aligned", "whole")
    )
    assert not torch.equal(before.out.weight, letters.out.weight)
    run("cut", stop=2)
    _, _, resumed = run("cut")
    assert min(resumed) == 3
    assert resumed[4] == pytest.approx(whole[4], rel=1e-4)


def test_pieces_of_several_windows_lie_end_to_end(make_nano):
    segments = (Segment(2.0, 4.0, "speech", "The old house.", None, "a", "F"),)
    scapes = [Scape(np.zeros(16_000 * 30, np.float32), segments)] * 4
    spans = [
        (span, piece)
        for seed in range(20)
        for span, piece in examples.stretches(scapes, random.Random(seed))
    ]
    for (first, last), piece in spans:
        assert last - first == pytest.approx(len(piece.samples) / 16_000 / 0.08, abs=1)
        windows = (last - 1) // 375 - first // 375 + 1
        assert windows == len(piece.segments)
    assert {(last - first) // 375 for (first, last), _ in spans} == {0, 1, 3}
    assert max(last for (_, last), _ in spans) == 4 * 375


def test_sequences_go_through_the_model_in_parts_of_like_length():
    def of(length):
        whole = torch.zeros(length, dtype=torch.long)
        return examples.Example(whole, whole, whole, whole, whole, whole, ("count",))

    sequences = [of(length) for length in (10, 12, 30, 31, 90)]
    parts = list(examples.parts_of(sequences, 60))
    assert [[len(sequence) for sequence in part] for part in parts] == [[10, 12], [30], [31], [90]]
    assert list(examples.parts_of(sequences, 10**6)) == [sequences]
    assert not list(examples.parts_of([], 60))


def test_questions_are_blind_to_each_other(make_nano, monkeypatch):
    """Packed behind one stretch of audio, each is answered as if it were the only one."""
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)  # rounding would hide a leak
    nano = make_nano()
    assemble = examples.Assembler(nano, WORLD)
    segments = (Segment(0.5, 4.0, "speech", "The old house is near.", None, "a", "F"),)
    scape = Scape(np.zeros(16_000 * 5, np.float32), segments)
    torch.manual_seed(0)
    packed = assemble((5, 65), scape, random.Random(3), drop=True)
    tokens = torch.randn(65, WIDTH)
    assert len(packed.tasks) >= 3 and packed.heard.min() >= 5
    language = tune.Language(nano, nano.model.model.language_model)
    with torch.inference_mode():
        together, _ = language.logits([packed], tokens)
        alone = []
        for number in range(1, len(packed.tasks) + 1):
            own = (packed.branches == 0) | (packed.branches == number)
            names = ("ids", "targets", "weights", "positions", "branches")
            fields = {name: getattr(packed, name)[own] for name in names}
            single = examples.Example(**fields, heard=packed.heard, tasks=packed.tasks[:1])
            alone.append(language.logits([single], tokens)[0])
    assert torch.allclose(together, torch.cat(alone), atol=1e-5)
    shared = packed.positions[packed.branches == 0].tolist()
    assert all(later > earlier for earlier, later in itertools.pairwise(shared))


def test_what_was_dropped_is_not_asked_for(make_nano, monkeypatch):
    monkeypatch.setattr(examples, "SHARE_WITH_WORDS", 0.0)  # from which it could be read off
    assemble = examples.Assembler(make_nano(), WORLD)
    text = "The old house is near the river where we met."
    segments = (Segment(0.5, 4.0, "speech", text, None, "a", "F"),)
    scape = Scape(np.zeros(16_000 * 5, np.float32), segments)
    asked = {
        drop: {
            task
            for seed in range(20)
            for task in assemble((0, 60), scape, random.Random(seed), drop).tasks
        }
        for drop in (True, False)
    }
    assert {"transcribe", "after and before", "gender"} <= asked[False]
    assert "gender" in asked[True]
    assert asked[True].isdisjoint(examples.NEEDS_ALL)


def test_an_answer_of_many_words_does_not_drown_a_short_one(make_nano):
    nano = make_nano()
    assemble = examples.Assembler(nano, WORLD)
    segments = (Segment(0.5, 4.0, "speech", "The old house is near.", None, "a", "F"),)
    scape = Scape(np.zeros(16_000 * 5, np.float32), segments)
    packed = assemble((0, 60), scape, random.Random(3), drop=False)
    tokens = torch.randn(60, WIDTH)
    said = packed.targets != examples.IGNORED
    for number in range(1, len(packed.tasks) + 1):
        weights = packed.weights[said & (packed.branches == number)]
        assert torch.allclose(weights, torch.full_like(weights, len(weights) ** -0.5))
    language = tune.Language(nano, nano.model.model.language_model)
    with torch.inference_mode():
        logits, targets = language.logits([packed], tokens)
        costs = torch.nn.functional.cross_entropy(logits, targets, reduction="none")
        wanted = (costs * packed.weights[said]).sum()
        assert torch.allclose(language.loss([packed], tokens), wanted)


def test_dropped_tokens_leave_their_positions_free(make_nano):
    nano = make_nano()
    assemble = examples.Assembler(nano, WORLD)
    scape = Scape(np.zeros(16_000 * 8, np.float32), ())
    whole = assemble((0, 100), scape, random.Random(1), drop=False)
    thinned = assemble((0, 100), scape, random.Random(1), drop=True)
    shared = [example.positions[example.branches == 0] for example in (whole, thinned)]
    assert shared[0][-1] == shared[1][-1]
    assert len(shared[1]) < len(shared[0])
    assert set(shared[1].tolist()) < set(shared[0].tolist())


# -- evaluation


def test_the_table_counts_what_is_right():
    asked = [
        Asked("transcribe", "?", "One two three.", "one two four"),
        Asked("transcribe", "?", "There is no speech.", "There is no speech."),
        Asked("word said", "?", "Yes.", "Yes."),
        Asked("word said", "?", "Yes.", "yes"),
        Asked("word said", "?", "Yes.", "No."),
        Asked("word said", "?", "No.", "Perhaps."),
        Asked("order (lettered)", "?", "(B) dog", "B"),
        Asked("order (lettered)", "?", "A", "(C) cat"),
        Asked("list sounds", "?", "Dog, cat.", "Dog, rain."),
        Asked("gender", "?", "A man.", "a man"),
        Asked("gender", "?", "A man.", ""),
    ]
    rows = {row.task: row for row in table(asked)}
    assert rows["transcribe"].score == pytest.approx(1 / 3)
    assert rows["no speech"].score == 1
    assert rows["word said"].score == pytest.approx((2 / 3 + 0) / 2)
    assert rows["word said"].in_form == 0.75
    assert rows["order (lettered)"].score == 0.5
    assert rows["list sounds"].score == 0.5
    assert rows["gender"].n == 2 and rows["gender"].in_form == 0.5
    for row in rows.values():
        assert 0 <= row.low <= row.score <= row.high


@pytest.mark.parametrize("condition", evaluate.CONDITIONS)
def test_every_condition_has_rows_of_its_own(condition, tmp_path):
    class Parrot:
        def ingest(self, samples, place, levels):
            assert all(len(window) for window in samples)
            return place

        def answer(self, index, question, plan):
            assert plan.spans[0][1] > 10
            return SimpleNamespace(text="Two.")

    composer = Composer(talk(tmp_path), 1, augment=False)
    asked = evaluate.interview(
        Parrot(), composer, WORLD, windows=10, silences=0, seed=1, condition=condition
    )
    rows = {row.task: row for row in table(asked)}
    assert all(task.endswith(f", {condition}") for task in rows)
    wanted = evaluate.CONDITIONS[condition].tasks
    assert {task.__name__.replace("_", " ") for task in wanted} <= {
        task.partition(",")[0] for task in rows
    }
    if condition == "conversation":
        assert rows["people, conversation"].score == pytest.approx(0.2)  # of one to five, two


def test_another_name_of_a_sound_is_right_too():
    said = Asked("which sound, city sounds", "Which sound is heard?", "The jackhammer.", "x")
    assert evaluate.right(replace(said, said="The pneumatic drill."))
    assert not evaluate.right(replace(said, said="The siren."))


def test_an_interview_asks_the_listener(folder):  # noqa: F811
    class Parrot:
        def ingest(self, windows, folder, *, levels):
            self.hops = len(levels(windows[0], 0.08))
            return "index"

        def answer(self, index, question, plan):
            (span,) = plan.spans
            assert 0 <= span[0] < span[1] <= 375 == self.hops
            self.said = type("Said", (), {"text": "No."})
            return self.said

    composer = Composer(find_clips(folder), 1, augment=False)
    asked = evaluate.interview(Parrot(), composer, WORLD, windows=3, silences=4, seed=1)
    silences = [item for item in asked if item.task == evaluate.SILENT]
    assert len(silences) == 4 and evaluate.share_right(silences) == 1
    assert len(asked) > 20
