"""Which model answers: by name, by itself, in a conversation; and how many are in memory."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import tiny_checkpoints
import torch
from media import FakeDiariser, FakeRecogniser, bag_of_words, tone, write_wav
from safetensors.torch import load_file, save_file

import assistant.app
import assistant.ask.budgeting
import assistant.budget.fit
from assistant.app import Assistant
from assistant.ask.context import Models
from assistant.ask.events import Again, Done, Failed, Heard, Progress
from assistant.ask.state import Request
from assistant.budget import devices
from assistant.budget.devices import find_device, memory_on
from assistant.budget.fit import fit_on, offload_for, possible, size_in, size_of
from assistant.choosing import choose, load_listener
from assistant.errors import BadRequest, BudgetRefused
from assistant.settings import Settings
from headrouter import models
from headrouter.backends import card_of
from headrouter.backends.offloading import Offload
from headrouter.errors import ModelMissing, ModelUnreadable, UnknownModel, UnsupportedModel
from headrouter.fakes import FakeListener
from headrouter.models import CATALOGUE, MODELS

OWN = replace(
    MODELS["nano"], words_by_default=False, sounds=(), quotes=False, unsure=None, measured=None
)


@pytest.fixture(autouse=True)
def bare(no_settings):
    """No setting from outside the test."""


@pytest.fixture(scope="module")
def voxtral(tmp_path_factory):
    return tiny_checkpoints.save("voxtral", tmp_path_factory.mktemp("checkpoints") / "tiny-voxtral")


@pytest.fixture(scope="module")
def omni(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints") / "tiny-omni"
    return tiny_checkpoints.save("qwen2_5_omni", folder)


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home", cache=tmp_path / "cache", device="cpu")


@pytest.fixture
def wav(tmp_path):
    return str(write_wav(tmp_path / "a.wav", tone(3)))


def parameters(folder: Path) -> int:
    return sum(tensor.numel() for tensor in load_file(folder / "model.safetensors").values())


def ask(assistant, *args, **named):
    events = list(assistant.ask(Request(*args, **named)))
    if isinstance(events[-1], Failed):
        raise events[-1].error
    return {type(event): event for event in events}, events


class TestByItself:
    def test_the_default_stays_nano_where_nothing_was_pulled(self, settings):
        assert choose(settings).name == "nano"
        assert not choose(settings).by_itself

    def test_the_largest_that_is_here_and_fits_is_taken(self, settings, voxtral, omni):
        models.add(voxtral, settings.cache)
        models.add(omni, settings.cache)
        larger = max(voxtral, omni, key=parameters)
        found = choose(settings)
        assert (found.name, found.by_itself) == (larger.name, True)
        assert found.reason == "the largest of those here that fit cpu"

    def test_what_does_not_fit_is_not_taken(self, settings, voxtral, monkeypatch):
        models.add(voxtral, settings.cache)
        monkeypatch.setattr(assistant.budget.fit, "memory_on", lambda device: (0, 1000))
        found = choose(settings)
        assert (found.name, found.by_itself) == ("nano", True)
        assert "none of the others that are here (tiny-voxtral) fits the memory" in found.reason

    def test_what_can_t_be_loaded_is_not_taken(self, settings, tmp_path):
        broken = tmp_path / "broken"
        broken.mkdir()
        (broken / "config.json").write_text(json.dumps({"model_type": "bert"}))
        models.add(broken, settings.cache)
        assert choose(settings).name == "nano"

    def test_the_choice_and_why_are_told(self, settings, voxtral, wav):
        models.add(voxtral, settings.cache)
        with Assistant(settings) as opened:
            _, events = ask(opened, wav, "What?")
        told = [event.stage for event in events if isinstance(event, Progress)]
        assert "loading the model tiny-voxtral: the largest of those here that fit cpu" in told


class TestFits:
    def test_a_folder_is_counted_by_its_weights_and_a_run(self, voxtral):
        size = size_in(voxtral, card_of(voxtral).tokens_per_second)
        assert size.weights["bf16"] == 2 * parameters(voxtral)
        shorter, longer = size.needed("bf16", 10.0), size.needed("bf16", 1000.0)
        assert size.weights["bf16"] < shorter < longer
        assert size.needed("fp32", 10.0) > 1.9 * shorter

    def test_the_catalogue_is_counted_likewise(self):
        size = size_of(CATALOGUE["voxtral-mini"])
        assert size.weights["bf16"] == 2 * 4_680_000_000
        assert size.weights["4bit"] < size.weights["8bit"] < size.weights["bf16"]
        whole = 2 * CATALOGUE["voxtral-mini"].kept_whole
        assert size.weights["4bit"] > whole

    @pytest.mark.parametrize(
        ("free", "precision"),
        [(13e9, "bf16"), (9e9, "8bit"), (7e9, "4bit"), (5e9, None)],
    )
    def test_the_best_precision_that_fits_is_found(self, monkeypatch, free, precision):
        monkeypatch.setattr(assistant.budget.fit, "memory_on", lambda device: (0, int(free)))
        monkeypatch.setattr(assistant.budget.fit, "automatic", lambda device: ["bf16"])
        fit = fit_on(size_of(CATALOGUE["voxtral-mini"]), "cuda")
        assert fit.precision == precision
        if precision is None:
            assert fit.told().startswith("no: ") and "in 4bit, 5.00 GB free" in fit.told()
        else:
            assert fit.told().startswith(f"{precision}, ")

    def test_quantised_precisions_are_for_gpus(self):
        assert not {"8bit", "4bit"} & set(possible("cpu"))

    def test_the_limit_of_the_user_counts(self, voxtral):
        size = size_in(voxtral, 12.5)
        used, _ = memory_on(torch.device("cpu"))
        assert fit_on(size, "cpu", used + 1000).precision is None
        assert fit_on(size, "cpu").precision is not None


def size_with(layers):
    """Bytes free under which so many layers of voxtral-mini have to be offloaded in bf16."""
    size = size_of(CATALOGUE["voxtral-mini"])
    return size, int((size.needed("bf16") - (layers - 1.5) * 2 * size.layer) / 0.95)


class TestOffloading:
    @pytest.mark.parametrize(("layers", "counted"), [(2, 2), (7, 7), (28, 28), (29, 0)])
    def test_as_few_layers_as_must_are_offloaded(self, monkeypatch, layers, counted):
        monkeypatch.setattr(assistant.budget.fit, "automatic", lambda device: ["bf16"])
        size, free = size_with(layers)
        monkeypatch.setattr(assistant.budget.fit, "memory_on", lambda device: (0, free))
        fit = fit_on(size, "cpu")
        assert fit.precision is None
        assert fit.offload == (Offload(0, counted, 2 * size.layer) if counted else Offload())
        if counted:
            assert fit.needed <= free * 0.95
            assert fit.told().startswith("bf16, ")
            assert fit.told().endswith(f", slowly, with {counted} decoder layers offloaded")
        else:
            assert fit.told().startswith("no: ")

    def test_beside_a_gpu_they_wait_in_main_memory_as_far_as_it_goes(self, monkeypatch):
        size = size_of(CATALOGUE["voxtral-mini"])
        layer = 2 * size.layer
        monkeypatch.setattr(assistant.budget.fit, "free_memory_bytes", lambda: int(5.5 * layer))
        allowed = size.needed("bf16") - 7 * layer
        assert offload_for(size, "bf16", "cuda", allowed) == Offload(5, 3, layer)
        assert offload_for(size, "bf16", "mps", allowed) == Offload(0, 8, layer)
        in_memory = replace(size, waits=("memory",))
        assert offload_for(in_memory, "bf16", "cuda", allowed) == Offload()
        monkeypatch.setattr(assistant.budget.fit, "free_memory_bytes", lambda: 100 * layer)
        assert offload_for(in_memory, "bf16", "cuda", allowed) == Offload(8, 0, layer)
        assert offload_for(size, "4bit", "cuda", allowed) == Offload()

    def test_a_model_that_does_not_fit_is_loaded_with_layers_offloaded_and_says_so(
        self, settings, voxtral, wav, monkeypatch
    ):
        short_of_memory(monkeypatch, voxtral, layers=2)
        wanted = settings.model_copy(update={"model": str(voxtral), "precision": "bf16"})
        monkeypatch.setattr(assistant.ask.budgeting, "memory_on", lambda device: (0, 10**9))
        with Assistant(wanted) as opened:
            found, _ = ask(opened, wav, "What?")
            assert opened.models.listener().cost.offload.on_disk == 2
            model = opened.models.listener().model_id
            assert opened.store.runs(model, "cpu, 2 layers offloaded")
            assert not opened.store.runs(model, "cpu")
        told = found[Heard].report.reason
        assert told.endswith(
            "2 of 4 decoder layers are read from disk, 0.062 MB for each token of the answer"
        )

    def test_off_refuses_and_says_that_it_could_be(self, settings, voxtral, monkeypatch):
        short_of_memory(monkeypatch, voxtral, layers=2)
        wanted = {"model": str(voxtral), "precision": "bf16", "offload": "off"}
        with pytest.raises(BudgetRefused, match="close other programs, or give --offload auto"):
            load_listener(settings.model_copy(update=wanted))

    def test_all_takes_every_layer_that_hearing_does_not_need(self, settings, voxtral):
        wanted = {"model": str(voxtral), "offload": "all"}
        listener = load_listener(settings.model_copy(update=wanted))
        assert listener.cost.offload.on_disk == 2
        whole = load_listener(settings.model_copy(update={"model": str(voxtral)}))
        assert whole.cost.offload == Offload()
        assert whole.model_id == listener.model_id  # what is heard is the same

    def test_all_of_what_can_t_be_offloaded_is_refused(self, settings, tmp_path):
        folder = tiny_checkpoints.save("qwen3_omni_moe", tmp_path / "experts")
        wanted = {"model": str(folder), "offload": "all"}
        with pytest.raises(BadRequest, match="no decoder layer of experts can be offloaded in"):
            load_listener(settings.model_copy(update=wanted))


def short_of_memory(monkeypatch, folder, layers):
    """So little memory that so many layers of a checkpoint have to wait."""
    size = size_in(folder, card_of(folder).tokens_per_second)
    room = size.weights["bf16"] - 1
    monkeypatch.setattr(assistant.choosing, "memory_on", lambda device: (0, room))
    free = int((size.needed("bf16") - (layers - 1.5) * 2 * size.layer) / 0.95)
    monkeypatch.setattr(assistant.budget.fit, "memory_on", lambda device: (0, free))


class TestDevices:
    def test_one_that_is_not_there_says_what_is(self, monkeypatch):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
        with pytest.raises(BadRequest, match="cuda is not there: .* no CUDA GPU; choose auto or"):
            find_device("cuda")
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
        with pytest.raises(BadRequest, match="cuda:1 is not there: .* sees cuda:0; choose one of"):
            find_device("cuda:1")
        assert find_device("cuda:0") == "cuda:0"
        assert find_device("auto") == "cuda"

    def test_a_mac_s(self, monkeypatch):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
        with pytest.raises(BadRequest, match="mps is not there: it is the GPU of a Mac"):
            find_device("mps")
        assert find_device("auto") == "cpu"
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
        assert find_device("auto") == "mps"

    def test_memory_of_a_gpu_is_what_it_says_and_what_pytorch_keeps_unused(self, monkeypatch):
        fakes = SimpleNamespace(
            mem_get_info=lambda device: (1000, 9000),
            memory_allocated=lambda device: 300,
            memory_reserved=lambda device: 500,
        )
        monkeypatch.setattr(devices.torch, "cuda", fakes)
        assert memory_on(torch.device("cuda", 0)) == (300, 1200)

    def test_memory_of_a_mac_is_what_is_recommended_and_free(self, monkeypatch):
        fakes = SimpleNamespace(
            driver_allocated_memory=lambda: 300, recommended_max_memory=lambda: 1000
        )
        monkeypatch.setattr(devices.torch, "mps", fakes)
        monkeypatch.setattr(devices, "free_memory_bytes", lambda: 10_000)
        assert memory_on(torch.device("mps")) == (300, 700)
        monkeypatch.setattr(devices, "free_memory_bytes", lambda: 400)
        assert memory_on(torch.device("mps")) == (300, 400)

    def test_it_is_refused_before_anything_is_written(self, settings, voxtral, monkeypatch):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
        wanted = settings.model_copy(update={"device": "cuda", "model": str(voxtral)})
        with pytest.raises(BadRequest, match="device cuda is not there"):
            Assistant(wanted)
        assert not settings.home.exists()


class TestLoading:
    def test_a_folder_is_loaded_and_named_with_its_weights(self, settings, voxtral):
        listener = load_listener(settings.model_copy(update={"model": str(voxtral)}))
        assert listener.model_id.startswith("tiny-voxtral@")
        assert listener.card.name == "tiny-voxtral"
        assert not listener.card.quotes

    @pytest.mark.parametrize(("precision", "dtype"), [("bf16", torch.bfloat16), ("fp32", None)])
    def test_in_the_precision_that_is_set(self, settings, voxtral, precision, dtype):
        wanted = {"model": str(voxtral), "precision": precision}
        listener = load_listener(settings.model_copy(update=wanted))
        assert listener.model.dtype == (dtype or torch.float32)
        full = "highest" if precision == "fp32" else "medium"
        assert torch.get_float32_matmul_precision() == full

    def test_by_itself_in_a_smaller_one_where_the_larger_does_not_fit(
        self, settings, voxtral, monkeypatch
    ):
        monkeypatch.setattr(assistant.budget.fit, "precision_for", lambda wanted, device: "fp32")
        size = size_in(voxtral, card_of(voxtral).tokens_per_second)
        room = int(size.needed("bf16") / 0.95) + 1000
        monkeypatch.setattr(assistant.budget.fit, "memory_on", lambda device: (0, room))
        listener = load_listener(settings.model_copy(update={"model": str(voxtral)}))
        assert listener.model.dtype == torch.bfloat16

    def test_weights_that_do_not_fit_name_what_would(self, settings, voxtral, omni, monkeypatch):
        models.add(omni, settings.cache, "small")
        size = size_of(CATALOGUE["voxtral-mini"])
        monkeypatch.setattr(
            assistant.choosing,
            "size_in",
            lambda folder, rate: size if folder == voxtral else size_in(folder, rate),
        )
        for place in (assistant.budget.fit, assistant.choosing):
            monkeypatch.setattr(place, "memory_on", lambda device: (0, 12_000_000_000))
        wanted = {"model": str(voxtral), "precision": "fp32", "offload": "off"}
        with pytest.raises(BudgetRefused) as refused:
            load_listener(settings.model_copy(update=wanted))
        assert str(refused.value) == (
            "the model alone needs 18.72 GB and 12.00 GB may be used: close other programs, or "
            "give --precision bf16, or give --offload auto, or give --model small"
        )

    def test_weights_that_fit_in_no_precision_name_a_smaller_model(
        self, settings, voxtral, monkeypatch
    ):
        size = size_of(CATALOGUE["voxtral-small"])
        monkeypatch.setattr(assistant.choosing, "size_in", lambda folder, rate: size)
        for place in (assistant.budget.fit, assistant.choosing):
            monkeypatch.setattr(place, "memory_on", lambda device: (0, 12_000_000_000))
        size = replace(size, waits=())
        with pytest.raises(BudgetRefused, match="programs, or take a smaller model such as voxtr"):
            load_listener(settings.model_copy(update={"model": str(voxtral)}))

    def test_4_bits_on_a_cpu_say_what_else(self, settings, voxtral):
        wanted = {"model": str(voxtral), "precision": "4bit"}
        with pytest.raises(ModelUnreadable, match="4bit needs a GPU; on a CPU choose bf16 or fp32"):
            load_listener(settings.model_copy(update=wanted))

    @pytest.mark.parametrize(
        ("files", "error", "said"),
        [
            ({}, ModelUnreadable, "it has no config.json; name the folder that holds it"),
            ({"config.json": {"model_type": "bert"}}, UnsupportedModel, "bert.*supported: .*voxtr"),
            (
                {"config.json": {"model_type": "voxtral", "auto_map": {"AutoModel": "x.Y"}}},
                UnsupportedModel,
                "comes with code of its own.*never run",
            ),
            ({"config.json": {"model_type": "gemma3n"}}, UnsupportedModel, "four streams"),
        ],
        ids=["no configuration", "another family", "code of its own", "a family with a reason"],
    )
    def test_a_folder_that_is_no_listener_is_refused_at_once(
        self, settings, tmp_path, files, error, said
    ):
        folder = tmp_path / "folder"
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_text(json.dumps(content))
        with pytest.raises(error, match=said):
            Assistant(settings.model_copy(update={"model": str(folder)}))
        assert not settings.home.exists()


@pytest.fixture
def fakes(monkeypatch, settings, voxtral, omni):
    """Two models besides the one that is injected; what is loaded is a fake of its name."""
    models.add(voxtral, settings.cache, "first")
    models.add(omni, settings.cache, "second")
    loaded = {}

    def load(wanted):
        name = wanted.model
        loaded[name] = FakeListener(
            reply=lambda question, plan: f"{name}: {question}",
            card=replace(OWN, name=name),
            model_id=name,
        )
        return loaded[name]

    monkeypatch.setattr(assistant.app, "load_listener", load)
    return SimpleNamespace(loaded=loaded, load=load)


@pytest.fixture
def opened(settings, fakes):
    wanted = settings.model_copy(update={"model": "first"})
    with Assistant(wanted) as opened:
        opened.models.load_recogniser = FakeRecogniser
        opened.models.diariser = FakeDiariser
        yield opened


class TestSeveral:
    def test_a_question_may_name_its_model(self, opened, wav):
        found, _ = ask(opened, wav, "What?", model="second")
        assert found[Done].answer == "second: What?"
        assert found[Heard].report.model == "second"
        found, _ = ask(opened, wav, "What?")
        assert found[Done].answer == "first: What?"

    def test_an_unknown_one_is_refused(self, opened, wav):
        with pytest.raises(UnknownModel, match="no model 'third'"):
            ask(opened, wav, "What?", model="third")

    def test_both_stay_in_memory_where_there_is_room(self, opened, wav):
        ask(opened, wav, "What?")
        ask(opened, wav, "What?", model="second")
        assert opened.models.is_loaded
        assert opened.models_for("second").is_loaded

    def test_one_takes_the_other_s_place_where_there_is_none(self, opened, wav, fakes, monkeypatch):
        def load(wanted):
            others = [opened.models, *opened._others.values()]
            if any(other.is_loaded for other in others):
                raise BudgetRefused("the model alone needs more")
            return fakes.load(wanted)

        monkeypatch.setattr(assistant.app, "load_listener", load)
        for name in ("first", "second", "first"):
            found, _ = ask(opened, wav, "What?", model=name)
            assert found[Done].answer == f"{name}: What?"
            assert opened.models_for(name).is_loaded
            assert not opened.models_for({"first": "second", "second": "first"}[name]).is_loaded

    def test_what_fits_nowhere_is_refused(self, opened, wav, monkeypatch):
        def load(wanted):
            raise BudgetRefused("the model alone needs more")

        monkeypatch.setattr(assistant.app, "load_listener", load)
        with pytest.raises(BudgetRefused):
            ask(opened, wav, "What?")

    def test_the_recogniser_is_shared(self, opened, fakes):
        assert opened.models_for("second").recogniser() is opened.models.recogniser()

    def test_each_has_an_index_of_its_own(self, opened, wav, fakes):
        ask(opened, wav, "What?")
        ask(opened, wav, "What?", model="second")
        assert all(listener.ingested == 1 for listener in fakes.loaded.values())
        recording = opened.store.recordings()[0]
        heard = opened.settings.features / recording.sha256
        assert {folder.name for folder in heard.iterdir()} >= {"first", "second"}

    def test_a_recording_is_ingested_with_the_one_that_is_named(self, opened, wav, fakes):
        from assistant.ask.nodes import find_recording

        opened.ingest(find_recording(opened.store, wav), lambda done: None, model="second")
        assert set(fakes.loaded) == {"second"}


class TestNames:
    def test_those_that_are_here_may_be_named_and_no_folder(self, opened, voxtral):
        assert opened.menu() == ["first", "second"]
        assert opened.named("second") == "second"
        assert opened.named("auto") == opened.named("first") == "first"
        for name in ("gpt-4o", str(voxtral), "voxtral-mini", "../first"):
            with pytest.raises(UnknownModel, match="choose first or second"):
                opened.named(name)

    def test_of_a_folder_that_was_started_with_only_the_name_is_shown(self, settings, voxtral):
        with Assistant(settings.model_copy(update={"model": str(voxtral)})) as opened:
            assert opened.menu() == ["tiny-voxtral"]
            assert opened.named("tiny-voxtral") == str(voxtral)


class TestConversations:
    def test_one_keeps_its_model(self, opened, wav):
        begun, _ = ask(opened, wav, "What?", model="second")
        session = begun[Done].session
        assert opened.store.session(session).model == "second"
        found, _ = ask(opened, wav, "And?", session=session)
        assert found[Done].answer == "second: And?"

    def test_until_another_is_named(self, opened, wav):
        session = ask(opened, wav, "What?", model="second")[0][Done].session
        ask(opened, wav, "And?", session=session, model="first")
        found, _ = ask(opened, wav, "And?", session=session)
        assert found[Done].answer == "first: And?"

    def test_one_from_before_models_were_noted_goes_on_with_the_default(self, opened, wav):
        session = opened.store.start_session("old").id
        found, _ = ask(opened, wav, "And?", session=session)
        assert found[Done].answer == "first: And?"

    def test_a_model_that_has_gone_is_named(self, opened, wav, settings):
        session = ask(opened, wav, "What?", model="second")[0][Done].session
        opened._others.clear()
        models.remove("second", settings.cache)
        with pytest.raises(UnknownModel, match="'second'"):
            ask(opened, wav, "And?", session=session)


class TestAbilities:
    """What a model that can word answers is given, and what is not done for it."""

    def test_earlier_turns_about_the_recording_are_in_its_prompt(self, opened, wav, fakes):
        session = ask(opened, wav, "Who speaks?")[0][Done].session
        ask(opened, wav, "And then?", session=session)
        (_, first), (_, second) = fakes.loaded["first"].asked
        assert first.turns == ()
        assert second.turns == (("Who speaks?", "first: Who speaks?"),)

    def test_turns_about_another_recording_are_not(self, opened, wav, fakes, tmp_path):
        session = ask(opened, wav, "Who speaks?")[0][Done].session
        other = str(write_wav(tmp_path / "b.wav", tone(4)))
        ask(opened, other, "And here?", session=session)
        assert fakes.loaded["first"].asked[-1][1].turns == ()

    def test_of_many_turns_the_latest_that_fit(self, opened, wav, fakes):
        session = ask(opened, wav, "Who speaks?")[0][Done].session
        listener = fakes.loaded["first"]
        for number in range(3):
            ask(opened, wav, f"And then {number}?", session=session)
        turns = listener.asked[-1][1].turns
        room = sum(listener.question_tokens(text) for turn in turns[-2:] for text in turn)
        listener.card = replace(listener.card, longest_question=room)
        ask(opened, wav, "More?", session=session)
        assert [question for question, _ in listener.asked[-1][1].turns] == [
            "And then 1?",
            "And then 2?",
        ]

    def test_nano_is_given_none(self, opened, wav, fakes):
        session = ask(opened, wav, "Who speaks?")[0][Done].session
        listener = fakes.loaded["first"]
        listener.card = replace(listener.card, quotes=True)
        ask(opened, wav, "And then?", session=session)
        assert listener.asked[-1][1].turns == ()

    def test_how_sure_it_is_says_nothing_until_its_scale_is_known(self, opened, wav, fakes):
        ask(opened, wav, "What?")
        listener = fakes.loaded["first"]
        listener.confidence = lambda plan: -9.0
        _, events = ask(opened, wav, "What?")
        assert not any(isinstance(event, Again) for event in events)
        listener.card = replace(listener.card, unsure=-1.0)
        _, events = ask(opened, wav, "What?")
        assert any(isinstance(event, Again) for event in events)

    def test_the_report_says_that_it_is_not_measured(self, opened, wav, fakes):
        found, _ = ask(opened, wav, "What?")
        note = "first is not measured: what it loses by pruning is not known"
        assert note in found[Heard].report.notes
        fakes.loaded["first"].card = replace(OWN, measured="by hand")
        found, _ = ask(opened, wav, "What?")
        assert found[Heard].report.notes == []

    @pytest.mark.parametrize(
        "question", ["How many dogs bark?", "List all sounds.", "Summarise it"]
    )
    def test_what_parts_of_a_long_recording_gave_it_puts_together_itself(
        self, opened, fakes, tmp_path, question
    ):
        ask(opened, str(write_wav(tmp_path / "s.wav", tone(1))), "What?")
        listener = fakes.loaded["first"]
        listener.card = replace(listener.card, whole_tokens=125)
        long = str(write_wav(tmp_path / "long.wav", tone(30)))
        found, _ = ask(opened, long, question, scope="whole")
        assert found[Heard].report.passes > 2
        assert "These are notes on one recording" in listener.written[-1]

    def test_what_was_said_is_its_to_word(self, opened, fakes, wav):
        found, _ = ask(opened, wav, "What is said about word1?", words="on")
        assert found[Done].answer == "first: What is said about word1?"
        assert "word1" in fakes.loaded["first"].asked[-1][1].words
        assert found[Heard].report.words == "on"

    def test_what_was_found_stands_in_its_prompt_and_its_own_words_stay(self, opened, fakes, wav):
        opened.models.load_encoder = lambda: bag_of_words
        found, _ = ask(opened, wav, "What is said about word1?", words="on")
        assert found[Done].answer == "first: What is said about word1?"
        (question, plan) = fakes.loaded["first"].asked[-1]
        assert plan.asked(question).startswith("Found in the recording, with the times")
        assert plan.asked(question).endswith(f"0:00 “word0 word1 word2”\n{question}")
        assert any("the model was given" in note for note in found[Heard].report.notes)

    def test_how_often_it_was_said_stands_there_too(self, opened, fakes, wav):
        opened.models.load_encoder = lambda: bag_of_words
        ask(opened, wav, "How often is word1 mentioned?", words="on")
        assert "Once, at 0:01." in fakes.loaded["first"].asked[-1][1].known

    def test_sounds_stand_there_where_what_listens_knows_their_names(self, opened, fakes, wav):
        ask(opened, wav, "What?")
        listener = fakes.loaded["first"]
        listener.sounds["dog"] = [(1.0, 2.0)]
        ask(opened, wav, "What?")
        assert listener.asked[-1][1].known == ""
        listener.card = replace(listener.card, sounds=("dog",))
        ask(opened, wav, "What?")
        assert "dog (0:00-0:02)" in listener.asked[-1][1].known
        ask(opened, wav, "What?", start=2.5)  # it is not in what is listened to
        assert listener.asked[-1][1].known == ""

    @pytest.mark.parametrize("question", ["What is said about zebras?", "Summarise it", "What?"])
    def test_what_was_not_found_is_no_evidence(self, opened, fakes, wav, question):
        opened.models.load_encoder = lambda: bag_of_words
        ask(opened, wav, question, words="on")
        assert fakes.loaded["first"].asked[-1][1].known == ""

    def test_without_what_finds_it_the_report_says_so(self, opened, fakes, wav):
        found, _ = ask(opened, wav, "What is said about word1?", words="on")
        assert fakes.loaded["first"].asked[-1][1].known == ""
        assert any("answered without quotes" in note for note in found[Heard].report.notes)


def test_a_checkpoint_in_shards_is_heard(settings, voxtral, tmp_path, wav):
    """As hubs have large ones: an index, and the weights in several files."""
    folder = tmp_path / "sharded"
    folder.mkdir()
    weights, names = load_file(voxtral / "model.safetensors"), {}
    for number in range(2):
        file = f"model-0000{number + 1}-of-00002.safetensors"
        part = {
            name: tensor
            for place, (name, tensor) in enumerate(weights.items())
            if place % 2 == number
        }
        save_file(part, folder / file, {"format": "pt"})
        names |= dict.fromkeys(part, file)
    for path in voxtral.iterdir():
        if path.suffix != ".safetensors":
            (folder / path.name).write_bytes(path.read_bytes())
    (folder / "model.safetensors.index.json").write_text(
        json.dumps({"metadata": {}, "weight_map": names})
    )
    answers = []
    for place in (voxtral, folder):
        wanted = {"model": str(place), "max_new_tokens": 8}
        with Assistant(settings.model_copy(update=wanted)) as opened:
            answers.append(ask(opened, wav, "What?")[0][Done].answer)
    assert answers[0] == answers[1] != ""


def test_models_share_one_lock():
    own = Models(FakeListener, FakeRecogniser)
    assert own.with_listener(FakeListener)._lock is own._lock


def test_what_is_missing_says_how_to_get_it(settings):
    with pytest.raises(ModelMissing, match="run: headrouter models pull voxtral-mini"):
        Assistant(settings.model_copy(update={"model": "voxtral-mini"}))


@pytest.mark.parametrize("family", tiny_checkpoints.FAMILIES)
def test_every_family_answers_through_the_assistant(settings, tmp_path, wav, family):
    folder = tiny_checkpoints.save(family, tmp_path / f"tiny-{family}")
    wanted = {"model": str(folder), "max_new_tokens": 4, "keep": 0.4}
    with Assistant(settings.model_copy(update=wanted)) as opened:
        found, _ = ask(opened, wav, "What is there?")
        again, _ = ask(opened, wav, "And then?", session=found[Done].session)
    report = again[Heard].report
    assert report.model.startswith(f"tiny-{family}@")
    assert 0 < report.tokens_kept < report.tokens_total
    assert report.measured_bytes > 0
