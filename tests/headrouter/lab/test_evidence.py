"""Suite, calibration, benchmark and report, on tiny models and clips made here."""

import json
import math
from dataclasses import replace
from unittest import mock

import numpy as np
import pytest
import torch
import transformers

from headrouter.errors import EvidenceError, ModelUnreadable, RouterRefusal
from headrouter.lab.corpus.clips import find_clips
from headrouter.lab.corpus.composing import Composer
from headrouter.lab.corpus.questions import LETTERS
from headrouter.lab.evidence import calibrate as calibration
from headrouter.lab.evidence import quality, report, suite
from headrouter.lab.evidence.calibrate import Case, calibrate, cases_of, weights_of
from headrouter.lab.evidence.quality import UNPRUNED, Condition, Result, conditions_of, run
from headrouter.lab.evidence.subjects import (
    Heard,
    ListenerSubject,
    ProcessorSubject,
    Prompt,
    attention_received,
    generate,
    log_probability,
    loudness,
)
from headrouter.lab.evidence.suite import TASKS, TRANSCRIPTION, compose
from headrouter.prune.profiles import Profile
from headrouter.prune.routing import kept_count
from headrouter.testing import (
    TINY,
    tiny_card,
    tiny_inputs,
    tiny_listener,
    tiny_model,
    tiny_tokenizer,
)
from tests.headrouter.lab.test_nano_data import tone, write_wav

pytestmark = pytest.mark.usefixtures("one_thread")

CARD = tiny_card()
SOUNDS = ("dog", "cat", "siren", "clapping", "rain", "wind", "train", "sea waves")
INSTRUMENTS = ("cello", "flute", "trumpet", "violin")


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    rows = []
    for number in range(12):
        name = f"s{number}.wav"
        write_wav(folder / name, tone(150 + 40 * number, 2))
        text = f"Sentence {number} tells of {SOUNDS[number % 8]} and of nothing else, I believe."
        who = {"speaker": "ab"[number % 2], "gender": "FM"[number % 2]}
        rows.append({"path": name, "text": text, **who})
    for number, label in enumerate(SOUNDS + INSTRUMENTS):
        write_wav(folder / f"{label}.wav", tone(500 + 150 * number, 2))
        rows.append({"path": f"{label}.wav", "label": label, "licence": "CC0"})
    (folder / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return find_clips(folder)


@pytest.fixture(scope="module")
def composer(clips):
    return Composer(clips, 3, augment=False)


@pytest.fixture(scope="module", autouse=True)
def no_long_recordings():
    with mock.patch.dict(suite.WINDOWS, {1: 0.8, 2: 0.2}, clear=True):
        yield


@pytest.fixture(scope="module")
def items(composer):
    return list(compose(composer, 7, len(TASKS)))


@pytest.fixture(scope="module")
def subject():
    return ListenerSubject(tiny_listener(CARD))


def short(item, seconds=3):
    return replace(item, samples=item.samples[: 16_000 * seconds])


# -- the suite


def test_the_suite_has_every_task_in_turn(items):
    assert [item.task for item in items] == list(TASKS)
    assert {item.category for item in items} == {"semantic", "acoustic", "mixed", "control"}
    for item in items:
        assert item.seconds in (30, 60)
        assert len(item.samples) == item.seconds * 16_000
        if item.task == TRANSCRIPTION:
            assert "Sentence" in item.answer
            continue
        lines = item.question.splitlines()
        assert lines[-1] == "Answer with the letter only."
        options = dict(line.split(". ", 1) for line in lines[1:-1])
        assert list(options) == list(LETTERS[: len(options)])
        assert len(set(options.values())) == len(options) >= 2
        if item.category == "control":
            assert options[item.answer].startswith("No")


def test_the_suite_depends_on_its_seed_alone(clips, items):
    again = list(compose(Composer(clips, 3, augment=False), 7, 4))
    assert again == items[:4]
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(again, items, strict=False))
    assert list(compose(Composer(clips, 3, augment=False), 8, 4)) != items[:4]


def test_clips_that_lack_a_kind_are_named(clips):
    speech = Composer([clip for clip in clips if clip.text], 3, augment=False)
    with pytest.raises(EvidenceError, match="no recording for the task 'instrument'"):
        list(compose(speech, 0, 1, ["instrument"]))


# -- asking


def test_the_answers_probability_is_that_of_the_whole_sequence(subject, items):
    heard = subject.hear(short(items[0]).samples)
    prompt = subject.prompt(heard, "Who spoke?")
    found, _ = log_probability(subject, prompt, "A man", keep=1.0)
    answer = subject.encode("A man")[None]
    embedded = subject.model.get_input_embeddings()(answer)
    states = torch.cat([prompt.inputs["inputs_embeds"], embedded], dim=1)
    with torch.inference_mode():
        logits = subject.model(inputs_embeds=states).logits[:, -answer.shape[1] - 1 : -1]
    wanted = logits.log_softmax(-1).gather(2, answer[..., None]).mean()
    assert found == pytest.approx(float(wanted), abs=1e-4)


def test_the_probe_does_not_see_the_answer(subject, items):
    prompt = subject.prompt(subject.hear(short(items[0]).samples), "Who spoke?")
    kept = []
    for text in ("A", "No one at all"):
        _, router = log_probability(subject, prompt, text, keep=0.3)
        kept.append(router.pruned[0].kept.tolist())
    assert kept[0] == kept[1]
    assert len(kept[0]) == kept_count(30, 0.3)


def test_generating_is_what_the_listener_answers(subject, items):
    heard = subject.hear(short(items[0]).samples)
    said, router = generate(subject, subject.prompt(heard, "Who?"), 0.5, 5, scorer="energy")
    assert isinstance(said, str)
    assert len(router.pruned[0].kept) == 15


def test_what_a_recording_is_heard_as(subject):
    quiet_then_loud = np.concatenate([np.zeros(16_000), 0.1 * np.ones(8_000)]).astype(np.float32)
    heard = subject.hear(quiet_then_loud)
    assert heard.own.audio.shape == (15, 48)
    assert [tuple(window.shape) for window in heard.own.keys] == [(2, 10, 8), (2, 5, 8)]
    levels, received = heard.hints["levels"][0], heard.hints["received"][0]
    assert levels[:10].tolist() == [-100.0] * 10
    torch.testing.assert_close(levels[10:], torch.full((5,), -20.0))
    assert received[:10].sum() == pytest.approx(1.0)  # all attention of a whole window
    assert 0 < received[10:].sum() < 1  # the rest went to the padding


def test_attention_received_is_the_encoders_own():
    model = tiny_model("voxtral", attention="eager")
    layer = model.model.audio_tower.layers[-1]
    states = torch.randn(1, 12, 32)
    with torch.inference_mode(), attention_received(layer.self_attn) as found:
        weights = layer.self_attn(states, output_attentions=True)[1]
    torch.testing.assert_close(found[0], weights.mean(dim=(0, 1, 2)))


def test_loudness_of_a_half_amplitude_sine():
    samples = 0.5 * np.sin(np.arange(16_000) * 2 * np.pi * 100 / 16_000)
    found = loudness(samples.astype(np.float32), 0.5, 3)
    torch.testing.assert_close(found[:2], torch.full((2,), -9.03), atol=0.01, rtol=0)
    assert found[2] == -100


TEMPLATE = (
    "{% for message in messages %}{% for part in message['content'] %}"
    "{% if part['type'] == 'audio' %}<audio>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endfor %}"
)


@pytest.fixture
def published(tmp_path):
    """A Qwen2-Audio checkpoint with its processor, as its makers would publish it."""
    tiny_model("qwen2_audio").save_pretrained(tmp_path)
    ears = transformers.WhisperFeatureExtractor(feature_size=16, hop_length=200, chunk_length=1)
    transformers.Qwen2AudioProcessor(
        ears, tiny_tokenizer(), chat_template=TEMPLATE, audio_token="<audio>"
    ).save_pretrained(tmp_path)
    return tmp_path


def test_a_published_checkpoint_is_asked_through_its_own_processor(published, items, tmp_path):
    subject = ProcessorSubject.load(published)
    item = replace(items[0], samples=items[0].samples[:16_000])
    prompt = subject.prompt(subject.hear(item.samples), item.question)
    result = quality.answer(subject, prompt, item, Condition("headrouter", 0.5), None)
    assert len(result.selectivity) == 6
    assert int((prompt.inputs["input_ids"] == 4).sum()) == 20  # audio tokens of a second
    value, router = log_probability(subject, prompt, "A", 0.5)
    assert value < 0 and len(router.pruned[0].kept) == 10
    with pytest.raises(RouterRefusal, match="hints="):
        generate(subject, prompt, 0.5, 2, scorer="energy")


def test_a_folder_without_a_checkpoint_is_refused(tmp_path):
    with pytest.raises(ModelUnreadable, match="holds no checkpoint"):
        ProcessorSubject.load(tmp_path)


# -- calibration


class FamilySubject:
    """A tiny model of any family, whose recordings are noise."""

    def __init__(self, family):
        self.model, self.model_id, self.family = tiny_model(family), family, family

    def hear(self, samples):
        return Heard(None)

    def prompt(self, heard, question):
        return Prompt(tiny_inputs(self.family, (2,), seed=len(question)))

    def encode(self, answer):
        return torch.tensor([20 + len(answer), 30])

    def decode(self, ids):
        return " ".join(map(str, ids.tolist()))


def cases_for(subject):
    categories = ("semantic", "semantic", "acoustic", "acoustic", "mixed")
    return [
        Case(category, subject.prompt(None, "?" * number), "a" * number)
        for number, category in enumerate(categories, 1)
    ]


@pytest.mark.parametrize("method", ["scoring", "masking"])
@pytest.mark.parametrize("family", TINY)
def test_every_family_is_calibrated(family, method, tmp_path):
    subject = FamilySubject(family)
    before = subject.model(**tiny_inputs(family)).logits
    found = calibrate(subject, cases_for(subject), layers=[1, 2], keep=0.5, method=method)
    profile = found.profile
    assert (profile.model, profile.heads, profile.calibrated) == (family, 6, True)
    assert profile.layer in (1, 2)
    assert sum(profile.semantic) == pytest.approx(1)
    assert sum(profile.acoustic) == pytest.approx(1)
    profile.save(tmp_path / "profile.json")
    assert Profile.load(tmp_path / "profile.json") == profile
    assert json.dumps(found.as_dict())
    assert torch.equal(before, subject.model(**tiny_inputs(family)).logits)


@pytest.fixture
def planted(monkeypatch):
    """Answers that need head 1 where they are semantic, and head 4 where acoustic."""
    needed = {"semantic": 1, "acoustic": 4}

    def score(subject, prompt, answer, keep, *, profile, scorer):
        category = prompt.inputs["category"]
        table = {"semantic": profile.semantic, "acoustic": profile.acoustic}
        weights = table["semantic" if scorer == "semantic" else category]
        route = type("Route", (), {"signal": {"semantic": 0.1, "acoustic": 0.3}[category]})
        router = type("Router", (), {"pruned": [type("Pruned", (), {"route": route})]})
        missing = weights[needed[category]] == 0
        return -1.0 - missing + 0.1 * (profile.frame_keep == 0.7) - 0.2 * (
            profile.layer == 3
        ), router

    monkeypatch.setattr(calibration, "log_probability", score)
    return [Case(c, Prompt({"category": c}), "a") for c in needed for _ in range(3)]


def test_calibration_finds_the_heads_that_are_needed(planted, subject):
    profile = calibrate(subject, planted, layers=[2]).profile
    assert profile.semantic == (0, 1, 0, 0, 0, 0)
    assert profile.acoustic == (0, 0, 0, 0, 1, 0)
    assert (profile.mu_semantic, profile.mu_acoustic) == pytest.approx((0.1, 0.3))
    assert profile.mu_uniform == pytest.approx(0.2)  # nothing is mixed
    assert profile.frame_keep == 0.7


def test_calibration_takes_the_lowest_of_equally_good_layers(planted, subject):
    assert calibrate(subject, planted, layers=[2, 1]).profile.layer == 1
    assert calibrate(subject, planted, layers=[3, 2]).profile.layer == 2
    assert calibrate(subject, planted, layers=[3]).profile.layer == 3


def test_calibration_needs_both_categories(planted, subject):
    with pytest.raises(EvidenceError, match="needs acoustic questions"):
        calibrate(subject, [case for case in planted if case.category == "semantic"], layers=[2])


def test_heads_that_nobody_misses_weigh_alike():
    assert weights_of([-1.0, 0.0]) == (0.5, 0.5)
    assert weights_of([-1.0, 1.0, 3.0]) == (0.0, 0.25, 0.75)


def test_cases_leave_controls_out(subject, items):
    found = cases_of(subject, [short(item) for item in items])
    assert len(found) == len([item for item in items if item.category != "control"])


# -- the benchmark

CONDITIONS = conditions_of(["frame", "headrouter", "headrouter+merge"], [1.0, 0.4])


def test_conditions_hold_the_unpruned_run_once():
    names = [(condition.name, condition.keep) for condition in CONDITIONS]
    assert names == [
        ("frame", 1.0),
        ("frame", 0.4),
        ("headrouter", 0.4),
        ("headrouter + merge", 0.4),
    ]


@pytest.fixture(scope="module")
def finished(subject, items, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    list(run(subject, map(short, items), CONDITIONS, folder, profile=None, settings={"seed": 7}))
    return folder


def test_every_question_is_answered_under_every_condition(finished, items):
    results = quality.load(finished / quality.RESULTS)
    assert len(results) == len(items) * len(CONDITIONS)
    assert {result.condition for result in results} == set(CONDITIONS)
    assert all(len(result.selectivity) == 6 for result in results)
    assert all(sum(result.routes.values()) == pytest.approx(1, abs=1e-3) for result in results)


def test_a_run_that_was_killed_goes_on(finished, subject, items, tmp_path):
    lines = (finished / quality.RESULTS).read_text().splitlines(keepends=True)
    (tmp_path / quality.RESULTS).write_text("".join(lines[:5]) + lines[5][:30])
    settings = {"seed": 7}
    done = run(subject, map(short, items), CONDITIONS, tmp_path, profile=None, settings=settings)
    assert len(list(done)) == len(items)
    assert (tmp_path / quality.RESULTS).read_text() == "".join(lines)


def test_a_finished_run_asks_nothing_again(finished, items):
    before = (finished / quality.RESULTS).read_text()
    settings = {"seed": 7}
    list(run(None, map(short, items), CONDITIONS, finished, profile=None, settings=settings))
    assert (finished / quality.RESULTS).read_text() == before


def test_a_folder_of_another_run_is_refused(finished, subject):
    with pytest.raises(EvidenceError, match="choose another --out"):
        list(run(subject, [], CONDITIONS, finished, profile=None, settings={"seed": 8}))


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("B", 1),
        ("b.", 1),
        ("(B)", 1),
        ("B) a dog", 1),
        ("B. A dog", 1),
        ("Answer: B", 1),
        ("The answer is B.", 1),
        ("**B**", 1),
        ("A", 0),
        ("A dog", 0),
        ("Bees", 0),
        ("", 0),
        ("I don't know", 0),
        ("B dog", 0),
    ],
)
def test_a_letter_is_read_or_the_answer_is_wrong(said, right):
    assert quality.score("gender", "B", said) == right


def test_transcription_is_scored_by_its_words():
    assert quality.score(TRANSCRIPTION, "One two three four.", "one two tree four") == 0.75
    assert quality.score(TRANSCRIPTION, "One.", "and so on and so on") == 0


# -- the report


def result(item, task, scorer, keep, score, category="semantic", signal=0.1):
    return Result(
        item, task, category, 30.0, scorer, keep, False, None, "A", "A", score, {}, signal, []
    )


def test_the_table_compares_with_uniform_stride():
    results = []
    for number in range(20):
        task = "ab"[number % 2]
        results += [
            result(f"{number}", task, "frame", 1.0, 1.0),
            result(f"{number}", task, "frame", 0.4, float(task == "a")),
            result(f"{number}", task, "headrouter", 0.4, 1.0 if task == "a" else 0.5),
        ]
    results.append(result("alone", "a", "frame", 1.0, 0.0))  # the others have not answered it
    whole, routed, frame = report.table(results)
    assert whole.condition == UNPRUNED
    assert (routed.condition.scorer, frame.condition.scorer) == ("headrouter", "frame")
    assert (whole.n, whole.mean, routed.mean, frame.mean) == (20, 1.0, 0.75, 0.5)
    assert routed.of_unpruned == 0.75
    assert routed.above_frame == 0.25
    assert (routed.low, routed.high) == (0.25, 0.25)  # every item of b gains a half
    assert routed.tasks == {"a": 1.0, "b": 0.5}
    text = report.markdown([whole, routed, frame])
    assert "| 40% | headrouter | 20 | 75.0% | 75.0% | +25.0% (+25.0% to +25.0%) |" in text
    assert "| 100% | unpruned | 20 | 100.0% |" in text


def test_an_interval_covers_what_chance_makes():
    rng = np.random.default_rng(0)
    ours = {"a": {str(i): float(rng.random() < 0.6) for i in range(300)}}
    theirs = {"a": {str(i): float(rng.random() < 0.5) for i in range(300)}}
    low, high = report.paired_interval(ours, theirs, 0)
    assert low < 0.1 < high
    assert 0.1 < high - low < 0.2  # about 4 * sqrt(0.49 / 300)


def test_routing_is_judged_by_the_signal():
    made = [result(str(i), "a", "frame", 1.0, 1.0, signal=i / 10) for i in range(5)]
    made += [result(f"x{i}", "b", "frame", 1.0, 1.0, "acoustic", i / 10 + 0.25) for i in range(5)]
    auc, n = report.routing_auc(made)
    assert (auc, n) == (0.88, 10)  # 22 of 25 pairs
    assert math.isnan(report.routing_auc(made[:5])[0])


def test_f1_counts_the_unreadable_as_wrong():
    made = [result(str(i), "a", "frame", 1.0, float(i < 3)) for i in range(4)]
    assert report.macro_f1(made) == pytest.approx(6 / 7)


def test_pictures_are_drawn(finished, tmp_path):
    from PIL import Image

    from headrouter.lab.evidence.plots import draw_all

    results = quality.load(finished / quality.RESULTS)
    for path in draw_all(results, report.table(results), tmp_path):
        colours = Image.open(path).convert("RGB").getcolors(1 << 20)
        assert len(colours) > 20


def test_a_condition_of_another_layer_has_its_own_probe(subject, items):
    prompt = subject.prompt(subject.hear(short(items[0]).samples), items[0].question)
    asked = [
        quality.answer(subject, prompt, items[0], Condition("headrouter", 0.4, layer=layer), None)
        for layer in (1, 3)
    ]
    assert asked[0].selectivity != asked[1].selectivity
