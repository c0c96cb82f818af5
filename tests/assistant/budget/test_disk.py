"""What hearing will take on disk is told before it begins, wherever it is told how far it is."""

import pytest
from media import tone, write_wav

from assistant.budget.disk import HearingStage
from assistant.work.jobs import KINDS
from assistant.work.many import files_at, hear_all
from tools.disk import bytes_in
from tools.ingest import add_recording, index_folder, ingest
from tools.showing import about


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (0, "0.01 MB"),
        (123_456, "0.12 MB"),
        (3_840_000, "3.8 MB"),
        (38_400_000, "38 MB"),
        (994_000_000, "990 MB"),
        (996_000_000, "1 GB"),
        (2_345_000_000, "2.3 GB"),
    ],
)
def test_sizes_are_told_in_two_figures(size, told):
    assert about(size) == told


def test_a_stage_tells_its_index_from_the_beginning():
    told = []
    stage = HearingStage("listening", lambda *now: told.append(now))
    stage.size(38_000_000)
    stage.fraction(0.5)
    name = "listening (index: about 38 MB)"
    assert told == [(name, None), (name, 0.5)]


@pytest.fixture
def wav(tmp_path):
    return write_wav(tmp_path / "a.wav", tone(200))


def test_it_is_told_before_anything_is_heard_and_as_large_as_it_becomes(assistant, fake, wav):
    store, features = assistant.store, assistant.settings.features
    recording, told = add_recording(store, wav), []
    settings = dict(on_size=lambda size: told.append((size, fake.ingested)))
    ingest(store, fake, features, recording, **settings)
    (size, heard), *more = told
    assert (heard, more) == (0, [])
    assert size == pytest.approx(
        bytes_in(index_folder(features, recording, fake.model_id)), rel=0.02
    )
    ingest(store, fake, features, recording, **settings)  # it is there
    assert len(told) == 1


def test_commands_tell_it(assistant, wav):
    told = []
    list(hear_all(assistant, files_at([str(wav)]), tell=lambda *stage: told.append(stage)))
    assert told[0] == ("listening to a.wav (index: about 0.1 MB)", None)
    assert told[-1] == ("listening to a.wav (index: about 0.1 MB)", 1.0)


def test_jobs_tell_it(assistant, wav):
    told = []
    KINDS["ingest"](
        assistant, {"recording": str(wav)}, lambda *stage: told.append(stage), lambda: False
    )
    assert told[0] == ("listening to the recording (index: about 0.1 MB)", None)
