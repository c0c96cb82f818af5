import json
import multiprocessing
import os
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import FrozenInstanceError, fields
from datetime import UTC, datetime
from hashlib import sha256
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

import memory
from memory import (
    Ambiguous,
    BudgetRun,
    DatabaseUnreadable,
    DiskFull,
    Locked,
    NotFound,
    Place,
    Recording,
    Store,
    StoreError,
    Word,
    count_recordings,
    migrations,
)
from memory.errors import converted
from memory.migrations import m001_to_m006
from memory.rows import columns

SPAWN = multiprocessing.get_context("spawn")
RUN = BudgetRun(
    model="nano",
    device="cpu",
    audio_tokens=1500,
    kept_tokens=600,
    prompt_tokens=700,
    keep=0.4,
    predicted_bytes=10_000_000,
    measured_bytes=None,
    predicted_seconds=2.5,
    measured_seconds=None,
    outcome="oom",
)


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    yield connection
    connection.close()


@pytest.fixture
def store(connection: sqlite3.Connection) -> Store:
    return Store(Database(connection))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "headrouter.db"


def add(store: Store, name: str = "talk.wav", digest: str | None = None) -> Recording:
    digest = digest or sha256(name.encode()).hexdigest()
    return store.add_recording(Path("/media") / name, sha256=digest, size_bytes=32_000)


def ask(path: Path, sql: str) -> object:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchone()[0]


def beginning(prefix: str) -> str:
    return prefix.ljust(64, "0")


# --- recordings


def test_a_recording_is_new_and_keeps_what_was_given(store: Store) -> None:
    digest = beginning("c0ffee1234")
    before = datetime.now(UTC)
    added = store.add_recording(
        Path("/media/talk.wav"), sha256=digest, size_bytes=7, seconds=61.5, name="The talk"
    )
    assert before <= added.added_at <= datetime.now(UTC)
    assert added == Recording(
        id="c0ffee12",
        sha256=digest,
        path=Path("/media/talk.wav"),
        name="The talk",
        seconds=61.5,
        state="new",
        note=None,
        added_at=added.added_at,
        size_bytes=7,
    )
    assert store.recordings() == [added]
    with pytest.raises(FrozenInstanceError):
        added.name = "another"  # type: ignore[misc]


def test_the_name_is_the_files_own_if_none_is_given(store: Store) -> None:
    assert add(store, "talk.wav").name == "talk.wav"


def test_the_same_content_again_is_the_same_recording_elsewhere(store: Store) -> None:
    first = add(store, "old.wav", beginning("ab"))
    store.set_state(first.id, "ready", seconds=9.0)
    again = add(store, "new.wav", beginning("ab"))
    assert (again.id, again.state, again.seconds, again.added_at) == (
        first.id,
        "ready",
        9.0,
        first.added_at,
    )
    assert again.path == Path("/media/new.wav")
    assert store.recordings() == [again]


def test_every_path_is_kept_the_latest_first(store: Store) -> None:
    first = add(store, "old.wav", beginning("ab"))
    add(store, "new.wav", beginning("ab"))
    other = add(store, "old.wav", beginning("cd"))
    paths = [place.path.name for place in store.places(first.id)]
    assert paths == ["new.wav", "old.wav"]
    assert store.recording(Path("/media/old.wav")) == other
    assert store.recording(Path("/media/new.wav")).id == first.id
    store.stamp_place(first.id, Path("/media/new.wav"), "as it looks")
    assert [place.stamp for place in store.places(first.id)] == ["as it looks", None]
    store.remove_recording(first.id)
    assert store.places(first.id) == []
    assert store.recording(Path("/media/old.wav")) == other


def test_places_of_an_older_version_are_kept(connection: sqlite3.Connection) -> None:
    old = Migrations("headrouter")
    for step in migrations.STEPS[: migrations.STEPS.index(m001_to_m006.m006_places)]:
        old()(step)
    old.apply(Database(connection))
    for key, state in (("a" * 8, "ready"), ("b" * 8, "new")):
        values = (key, key.ljust(64, "0"), f"/{key}.wav", "n", 9.0, state, None, "x", 1, "x", None)
        connection.execute(f"INSERT INTO recordings VALUES ({','.join('?' * 11)})", values)
    connection.execute("UPDATE recordings SET added_at = '2026-01-01T00:00:00+00:00'")
    connection.commit()
    store = Store(Database(connection))
    assert store.places("a" * 8) == [Place(Path("/aaaaaaaa.wav"), None)]
    # what was only declared is not known
    assert [r.seconds for r in store.recordings()] == [9.0, None]
    assert [r.track for r in store.recordings()] == [None, None]


def test_an_id_that_is_taken_grows(store: Store) -> None:
    first = add(store, "a.wav", beginning("12345678a"))
    second = add(store, "b.wav", beginning("12345678b"))
    third = add(store, "c.wav", beginning("12345678bc"))
    assert [r.id for r in (first, second, third)] == ["12345678", "12345678b", "12345678bc"]
    assert store.recording("12345678") == first
    assert store.recording("12345678b") == second


@pytest.mark.parametrize("digest", ["", "ab", "AB" * 32, "zz" * 32])
def test_what_is_no_sha256_is_refused(store: Store, digest: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        store.add_recording(Path("a.wav"), sha256=digest, size_bytes=1)


@pytest.mark.parametrize("key", ["c0ff", "c0ffee12", "C0FFEE", beginning("c0ffee12"), "/media/a"])
def test_a_recording_is_found(store: Store, key: str) -> None:
    add(store, "b", beginning("beef"))
    wanted = add(store, "a", beginning("c0ffee12"))
    assert store.recording(key) == wanted


def test_a_relative_path_is_resolved(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    added = store.add_recording(Path("a.wav"), sha256=beginning("ab"), size_bytes=1)
    assert added.path == tmp_path.resolve() / "a.wav"
    assert store.recording("a.wav") == added
    assert store.recording(Path("../") / tmp_path.name / "a.wav") == added


def test_a_path_that_held_several_recordings_means_the_latest(store: Store) -> None:
    first = add(store, "memo.wav", beginning("aaaa"))
    second = add(store, "memo.wav", beginning("bbbb"))
    assert store.recording("/media/memo.wav") == second
    add(store, "memo.wav", beginning("aaaa"))
    assert store.recording("/media/memo.wav") == first


@pytest.mark.parametrize("key", ["c0f", "dead", "/media/none.wav", "", "%___", "____"])
def test_what_is_not_there_is_named(store: Store, key: str) -> None:
    add(store, "a", beginning("c0ffee12"))
    with pytest.raises(NotFound) as caught:
        store.recording(key)
    assert repr(key) in str(caught.value)
    assert "`headrouter recordings list`" in str(caught.value)


def test_an_ambiguous_prefix_lists_what_it_fits(store: Store) -> None:
    add(store, "a.wav", beginning("abcd1"))
    add(store, "b.wav", beginning("abcd2"))
    with pytest.raises(Ambiguous, match=r"'abcd' .*abcd1000 \(a.wav\), abcd2000 \(b.wav\)"):
        store.recording("abcd")


def test_a_state_replaces_the_note_and_keeps_the_length(store: Store) -> None:
    key = add(store).id
    store.set_state(key, "ready", seconds=12.5)
    failed = store.set_state(key, "failed", note="The file is cut short.")
    assert (failed.state, failed.note, failed.seconds) == ("failed", "The file is cut short.", 12.5)
    assert store.set_state(key, "ingesting").note is None
    assert store.recording(key).state == "ingesting"


def test_a_state_that_does_not_exist_is_refused(store: Store) -> None:
    key = add(store).id
    with pytest.raises(StoreError, match="CHECK constraint"):
        store.set_state(key, "lost")  # type: ignore[arg-type]
    assert store.recording(key).state == "new"


def test_removing_forgets_the_words_and_keeps_the_turns(store: Store) -> None:
    kept, gone = add(store, "kept.wav"), add(store, "gone.wav")
    for key in (kept.id, gone.id):
        store.add_words(key, "tiny", 0, 10, [Word(1, 2, "hello", 0.9)])
    session = store.start_session("talk")
    store.add_turn(session.id, gone.id, "Who speaks?", "Ann.", {"seconds": 3})
    store.remove_recording(gone.id)
    assert store.recordings() == [kept]
    assert store.words(gone.id, "tiny") == []
    assert store.heard_ranges(gone.id, "tiny") == []
    assert len(store.words(kept.id, "tiny")) == 1
    (turn,) = store.turns(session.id)
    assert (turn.recording_id, turn.answer) == (None, "Ann.")


def test_only_a_whole_id_changes_a_recording(store: Store) -> None:
    add(store, "a", beginning("c0ffee12"))
    for change in (lambda: store.remove_recording("c0ff"), lambda: store.set_state("c0ff", "new")):
        with pytest.raises(NotFound, match="'c0ff'"):
            change()


# --- transcripts


def test_words_come_back_in_order_by_where_they_begin(store: Store) -> None:
    key = add(store).id
    late, early = Word(7.0, 9.5, "world", 0.5), Word(1.0, 2.0, "hello", 0.9)
    store.add_words(key, "tiny", 0, 10, [late, early])
    assert store.words(key, "tiny") == [early, late]
    assert store.words(key, "tiny", 2, 7) == []
    assert store.words(key, "tiny", 7, 8) == [late]
    assert store.words(key, "base") == []


def test_silence_was_heard(store: Store) -> None:
    key = add(store).id
    store.add_words(key, "tiny", 30, 60, [])
    assert store.words(key, "tiny") == []
    assert store.heard_ranges(key, "tiny") == [(30, 60)]
    assert store.heard_ranges(key, "base") == []


@pytest.mark.parametrize(
    ("added", "heard"),
    [
        ([(0, 30), (30, 60)], [(0, 60)]),
        ([(30, 60), (0, 30)], [(0, 60)]),
        ([(0, 30), (30.0005, 60)], [(0, 60)]),
        ([(0, 30), (31, 60)], [(0, 30), (31, 60)]),
        ([(0, 10), (20, 30), (5, 25)], [(0, 30)]),
        ([(0, 60), (10, 20)], [(0, 60)]),
        ([(10, 20), (0, 60)], [(0, 60)]),
    ],
)
def test_heard_ranges_grow_together(
    store: Store, added: list[tuple[float, float]], heard: list[tuple[float, float]]
) -> None:
    key = add(store).id
    for start, end in added:
        store.add_words(key, "tiny", start, end, [])
    assert store.heard_ranges(key, "tiny") == heard


@pytest.mark.parametrize(
    ("start", "end", "missing"),
    [
        (0, 100, [(0, 10), (20, 40), (50, 100)]),
        (10, 20, []),
        (12, 45, [(20, 40)]),
        (15, 35, [(20, 35)]),
        (0, 5, [(0, 5)]),
        (60, 70, [(60, 70)]),
        (9.9995, 20.0005, []),
        (15, 15, []),
    ],
)
def test_missing_ranges(
    store: Store, start: float, end: float, missing: list[tuple[float, float]]
) -> None:
    key = add(store).id
    store.add_words(key, "tiny", 10, 20, [])
    store.add_words(key, "tiny", 40, 50, [])
    assert store.missing_ranges(key, "tiny", start, end) == missing


def test_hearing_again_replaces_the_words(store: Store) -> None:
    key = add(store).id
    store.add_words(key, "tiny", 0, 10, [Word(1, 2, "won", 0.2), Word(8, 9, "stays", 0.9)])
    store.add_words(key, "base", 0, 10, [Word(1, 2, "one", 0.9)])
    store.add_words(key, "tiny", 0, 5, [Word(1, 2, "one", 0.9)])
    assert [w.text for w in store.words(key, "tiny")] == ["one", "stays"]
    assert [w.text for w in store.words(key, "base")] == ["one"]


def test_times_outside_the_range_are_clipped_to_it(store: Store) -> None:
    key = add(store).id
    words = [Word(9.0, 11.0, "before", 1.0), Word(19.0, 23.0, "across", 1.0)]
    store.add_words(key, "tiny", 10, 20, [*words, Word(20.0, 20.0, "after", 1.0)])
    before, across, after = store.words(key, "tiny", 10, 20)
    assert (before.start, before.end) == (10, 11)
    assert (across.start, across.end) == (19, 20)
    assert 19.99 < after.start < 20
    assert after.start <= after.end <= 20


@pytest.mark.parametrize(("start", "end"), [(5, 5), (5, 4), (-1, 4), (float("nan"), 4)])
def test_an_empty_range_is_refused(store: Store, start: float, end: float) -> None:
    with pytest.raises(ValueError, match="range"):
        store.add_words(add(store).id, "tiny", start, end, [])


def spoken(text: str, at: float = 0.0, each: float = 0.5) -> list[Word]:
    return [Word(at + i * each, at + (i + 0.8) * each, w, 0.9) for i, w in enumerate(text.split())]


@pytest.mark.parametrize("query", ["budget", "BUDGET", "the budget", "budget the", "“budget”!"])
def test_a_search_finds_the_moment(store: Store, query: str) -> None:
    key, other = add(store).id, add(store, "other.wav").id
    store.add_words(key, "base", 0, 30, spoken("we come to the Budget, of next year", at=4))
    store.add_words(other, "base", 0, 30, spoken("the weather is fine"))
    (hit,) = store.search(query)
    assert hit.recording_id == key
    assert hit.start in (5.5, 6.0)  # at the first word that was asked for
    assert hit.text == "we come to the Budget, of next year"


@pytest.mark.parametrize("query", ["", " ", "*", '"', "AND", "budget NOT weather", "bud*", "a:b"])
def test_any_query_may_be_searched_for(store: Store, query: str) -> None:
    store.add_words(add(store).id, "base", 0, 30, spoken("the budget"))
    assert store.search(query) == []


def test_a_search_follows_what_is_heard_and_forgotten(store: Store) -> None:
    key = add(store).id
    store.add_words(key, "base", 0, 28, spoken("wrong at first"))
    store.add_words(key, "base", 0, 28, spoken("right", at=27))
    store.add_words(key, "base", 28, 56, spoken("across the cut", at=28))
    assert store.search("wrong") == []
    assert len(store.search("right across")) == 1  # pieces are recognised apart, but read as one
    store.remove_recording(key)
    assert store.search("right") == []


def test_a_search_gives_the_best_few(store: Store) -> None:
    key = add(store).id
    for at in range(0, 300, 30):
        store.add_words(key, "base", at, at + 28, spoken("one word of many here", at=at))
    store.add_words(key, "base", 300, 328, spoken("many many many", at=300))
    found = store.search("many", limit=3)
    assert len(found) == 3
    assert found[0].start == 300


def test_words_of_an_older_version_can_be_searched_for(connection: sqlite3.Connection) -> None:
    old = Migrations("headrouter")
    old()(m001_to_m006.m001_first)
    old.apply(Database(connection))
    connection.execute(
        "INSERT INTO recordings VALUES ('a', 'a', 'a', 'a', 1, 'ready', NULL, 'x', 1, 'x')"
    )
    connection.executemany(
        "INSERT INTO words (recording_id, model, start, end, text, probability)"
        " VALUES ('a', 'base', ?, ?, ?, 1)",
        [(1, 2, "old"), (2, 3, "words"), (50, 51, "later")],
    )
    connection.commit()
    (hit,) = Store(Database(connection)).search("words")
    assert (hit.start, hit.end, hit.text) == (2, 3, "old words")


def test_a_search_finds_words_that_are_parted_otherwise(store: Store) -> None:
    for name, text in (("a", "the North Wind and the Sun"), ("b", "it is called Northwind here")):
        store.add_words(add(store, name).id, "base", 0, 30, spoken(text))
    assert [hit.start for hit in store.search("North Wind")] == [0.5, 1.5]  # as asked comes first
    assert [hit.start for hit in store.search("northwind")] == [1.5, 0.5]
    assert len(store.search("North-Wind")) == 2
    assert len(store.search("the northwind and")) == 1
    assert store.search("orth wind") == []


@pytest.mark.parametrize("query", ["天气", "天气很好", "气", "我们 天气", "天气很好。我们"])
def test_a_search_needs_no_spaces_where_a_script_has_none(store: Store, query: str) -> None:
    pieces = ["今天", "天气", "很", "好。", "我们", "走。"]
    words = [Word(i, i + 1, text, 1.0, spaced=False) for i, text in enumerate(pieces)]
    store.add_words(add(store).id, "base", 0, 30, words)
    (hit,) = store.search(query)
    assert hit.text == "今天天气很好。我们走。"
    assert hit.start in (1, 4)
    assert store.search("天好") == []


@pytest.mark.parametrize(
    ("said", "query"),
    [
        ("It costs $10,500.", "10,500"),
        ("at 9.30 on", "9.30"),
        ("the Café Déjà", "cafe deja"),
        ("กิน ข้าว", "กิน"),
        ("इस हिन्दी में", "हिन्दी"),
        ("나는 한국어 를", "한국어"),
        ("NEAR the OR gate", "near or"),
    ],
)
def test_a_search_takes_text_as_text(store: Store, said: str, query: str) -> None:
    store.add_words(add(store).id, "base", 0, 30, spoken(said))
    assert len(store.search(query)) == 1
    assert store.search("กัน 11,500") == []


def test_a_search_for_a_whole_page_of_words(store: Store) -> None:
    store.add_words(add(store).id, "base", 0, 30, spoken("one two"))
    assert store.search("one two " * 5_000)[0].text == "one two"
    assert store.search("x" * 20_000) == []


def test_words_of_an_older_version_are_joined_where_they_were_cut(
    connection: sqlite3.Connection,
) -> None:
    old = Migrations("headrouter")
    for step in (m001_to_m006.m001_first, m001_to_m006.m002_search):
        old()(step)
    old.apply(Database(connection))
    connection.execute(
        "INSERT INTO recordings VALUES ('a', 'a', 'a', 'a', 1, 'ready', NULL, 'x', 1, 'x')"
    )
    said = "It costs $10 ,500 or 3 .5 % at example .com , 好 天气 。 ... so".split()
    connection.executemany(
        "INSERT INTO words (recording_id, model, start, end, text, probability)"
        " VALUES ('a', 'base', ?, ?, ?, 1)",
        [(at / 4, at / 4 + 0.25, text) for at, text in enumerate(said)],
    )
    connection.execute("INSERT INTO passages VALUES (1, 'a', 'base', 0, 4.5, 'as it was')")
    connection.commit()
    store = Store(Database(connection))
    words = store.words("a", "base")
    assert [word.text for word in words][:6] == ["It", "costs", "$10,500", "or", "3.5%", "at"]
    assert memory.as_text(words) == "It costs $10,500 or 3.5% at example.com , 好天气。 ... so"
    assert words[2].end == 1.0
    (hit,) = store.search("天气")
    assert hit.text.startswith("It costs $10,500 or 3.5%")
    assert store.search("as it was") == []


def test_words_need_a_recording(store: Store) -> None:
    with pytest.raises(NotFound, match="recording"):
        store.add_words("c0ffee12", "tiny", 0, 1, [Word(0, 1, "hello", 1.0)])


# --- sessions, turns, runs


def test_a_conversation_comes_back(store: Store) -> None:
    recording = add(store)
    other, session = store.start_session("other"), store.start_session("Tuesday")
    heard = {"seconds": 12.5, "spans": [[0, 3.5]], "why": "“budget”"}
    first = store.add_turn(session.id, recording.id, "Who?", "Ann.", heard, escalations=1)
    second = store.add_turn(session.id, None, "And?", "Nothing audible.", {})
    assert store.sessions() == [other, session]
    assert store.session(session.id) == session
    assert store.turns(session.id) == [first, second]
    assert store.turns(other.id) == []
    assert (first.heard, first.escalations, first.rating) == (heard, 1, None)
    assert (first.recording_id, second.recording_id) == (recording.id, None)
    assert first.created_at.tzinfo is not None


def test_a_conversation_gets_another_title(store: Store) -> None:
    session = store.start_session("What is said?")
    assert store.rename_session(session.id, " Budget ").title == "Budget"
    assert store.rename_session(session.id, "  ").title == "Budget"
    with pytest.raises(NotFound, match="no session 99"):
        store.rename_session(99, "x")
    assert store.session(session.id).title == "Budget"


def test_a_conversation_is_forgotten_with_its_turns(store: Store) -> None:
    gone, stays = store.start_session("a").id, store.start_session("b").id
    for id in (gone, stays):
        store.add_turn(id, None, "Who?", "Ann.", {})
    store.remove_session(gone)
    assert [s.id for s in store.sessions()] == [stays]
    assert store.turns(gone) == []
    assert len(store.turns(stays)) == 1
    with pytest.raises(NotFound):
        store.remove_session(gone)


def test_the_last_rating_counts(store: Store) -> None:
    session = store.start_session("Tuesday")
    turn = store.add_turn(session.id, None, "Who?", "Ann.", {})
    assert store.rate_turn(turn.id, 1).rating == 1
    assert store.rate_turn(turn.id, -1).rating == -1
    assert store.turns(session.id)[0].rating == -1
    with pytest.raises(ValueError, match="5"):
        store.rate_turn(turn.id, 5)


def test_unknown_sessions_and_turns(store: Store) -> None:
    with pytest.raises(NotFound, match="session 7"):
        store.session(7)
    with pytest.raises(NotFound, match="turn 7"):
        store.rate_turn(7, 1)
    with pytest.raises(NotFound, match="session"):
        store.add_turn(7, None, "Who?", "Ann.", {})
    with pytest.raises(NotFound, match="recording"):
        store.add_turn(store.start_session("x").id, "c0ffee12", "Who?", "Ann.", {})


def test_runs_come_newest_first_for_their_model_and_device(store: Store) -> None:
    stored = [store.record_run(RUN) for _ in range(5)]
    store.record_run(BudgetRun(**{**vars(RUN), "device": "cuda"}))
    assert [run.id for run in stored] == [1, 2, 3, 4, 5]
    assert store.runs("nano", "cpu") == stored[::-1]
    assert store.runs("nano", "cpu", limit=2) == [stored[4], stored[3]]
    assert store.runs("other", "cpu") == []
    assert store.record_run(stored[0]).id == 7


# --- the file


def test_a_file_is_made_with_its_folders_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "headrouter.db"
    with Store.open(path) as store:
        added = add(store)
    with Store.open(path) as store:
        assert store.recordings() == [added]
    assert list(path.parent.iterdir()) == [path]
    assert ask(path, "PRAGMA journal_mode") == "wal"


def test_a_closed_store_says_so(path: Path) -> None:
    store = Store.open(path)
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.recordings()


def test_threads_share_a_store(path: Path) -> None:
    with Store.open(path) as store, ThreadPoolExecutor(8) as pool:
        session = store.start_session("threads").id

        def work(n: int) -> int:
            key = add(store, f"{n}.wav").id
            store.add_words(key, "tiny", 0, 10, [Word(i, i + 1, f"{n}", 1.0) for i in range(10)])
            store.add_turn(session, key, "Who?", str(n), {"n": n})
            return len(store.words(key, "tiny"))

        assert list(pool.map(work, range(64))) == [10] * 64
        assert sorted(turn.heard["n"] for turn in store.turns(session)) == list(range(64))


def _add_many(path: Path, name: str, barrier: Barrier) -> None:
    barrier.wait(60)
    with Store.open(path) as store:
        for n in range(20):
            key = add(store, f"{name}-{n}.wav").id
            store.set_state(key, "ready", seconds=float(n))


def test_processes_open_a_new_file_at_once_and_write(path: Path) -> None:
    barrier = SPAWN.Barrier(3)
    workers = [SPAWN.Process(target=_add_many, args=(path, f"{i}", barrier)) for i in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    with Store.open(path) as store:
        assert [r.state for r in store.recordings()] == ["ready"] * 60


def test_a_reader_turned_writer_waits_for_its_turn(path: Path) -> None:
    # set_state reads before it writes: begun as a reader, it would fail without waiting.
    with Store.open(path) as store, Store.open(path) as other:
        key = add(store).id

        def write(to: Store) -> list[Recording]:
            return [to.set_state(key, "ready") for _ in range(50)]

        with ThreadPoolExecutor(2) as pool:
            assert [len(done) for done in pool.map(write, (store, other))] == [50, 50]


@pytest.mark.parametrize("begin", ["BEGIN", "BEGIN IMMEDIATE"])
def test_the_switch_to_wal_waits(path: Path, begin: str) -> None:
    other = sqlite3.connect(path, check_same_thread=False)
    add(Store(Database(other)))  # not yet in WAL mode
    other.execute(begin)
    other.execute("SELECT * FROM recordings").fetchall()
    done = threading.Timer(0.3, other.rollback)
    done.start()
    with Store.open(path) as store:
        assert len(store.recordings()) == 1
    done.join()
    other.close()
    assert ask(path, "PRAGMA journal_mode") == "wal"


@pytest.mark.parametrize("lock", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_locked_after_the_busy_timeout(
    path: Path, monkeypatch: pytest.MonkeyPatch, lock: str
) -> None:
    monkeypatch.setattr("memory.store.BUSY_SECONDS", 0.05)
    with Store.open(path) as store:
        other = sqlite3.connect(path)
        other.execute(lock)
        with pytest.raises(Locked, match=r"headrouter\.db is in use by another program"):
            add(store)
        other.close()
        assert add(store).state == "new"


@pytest.mark.parametrize("begin", ["BEGIN", "BEGIN IMMEDIATE"])
def test_the_switch_to_wal_gives_up(
    path: Path, monkeypatch: pytest.MonkeyPatch, begin: str
) -> None:
    monkeypatch.setattr("memory.store.BUSY_SECONDS", 0.05)
    other = sqlite3.connect(path)
    Store(Database(other))
    other.execute(begin)
    other.execute("SELECT * FROM recordings").fetchall()
    with pytest.raises(Locked, match="in use"):
        Store.open(path)
    other.close()


def test_a_failed_write_leaves_nothing_half_done(
    store: Store, connection: sqlite3.Connection
) -> None:
    key = add(store).id
    connection.execute(
        "CREATE TRIGGER no BEFORE INSERT ON heard_ranges BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    with pytest.raises(StoreError, match="refused: no"):
        store.add_words(key, "tiny", 0, 10, [Word(1, 2, "hello", 0.9)])
    assert store.words(key, "tiny") == []
    connection.execute("DROP TRIGGER no")
    store.add_words(key, "tiny", 0, 10, [Word(1, 2, "hello", 0.9)])
    assert len(store.words(key, "tiny")) == 1


def _die_between_words_and_range(path: Path) -> None:
    connection = sqlite3.connect(path)
    store = Store(Database(connection))
    key = store.recordings()[0].id
    words = [Word(float(i), i + 1.0, "word", 1.0) for i in range(1000)]

    def die(statement: str) -> None:
        if 'INSERT INTO "heard_ranges"' in statement:
            os._exit(9)

    connection.set_trace_callback(die)
    store.add_words(key, "tiny", 0, 1000, words)


def test_a_crash_in_a_write_leaves_the_database_whole(path: Path) -> None:
    with Store.open(path) as store:
        key = add(store).id
    victim = SPAWN.Process(target=_die_between_words_and_range, args=(path,))
    victim.start()
    victim.join(60)
    assert victim.exitcode == 9
    with Store.open(path) as store:
        assert store.words(key, "tiny") == []
        assert store.missing_ranges(key, "tiny", 0, 1000) == [(0, 1000)]
        store.add_words(key, "tiny", 0, 1000, [])
    assert ask(path, "PRAGMA integrity_check") == "ok"


def test_a_full_disk_keeps_what_was_stored(path: Path) -> None:
    connection = sqlite3.connect(path)
    store = Store(Database(connection))
    kept = add(store)
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DiskFull, match=r"the database could not be written .*free some space"):
        store.start_session("long " * 10_000)
    assert (store.recordings(), store.sessions()) == ([kept], [])
    connection.execute("PRAGMA max_page_count = 100000")
    store.start_session("long " * 10_000)
    store.close()


# --- files that are no database of ours


def assert_untouched(path: Path, message: str) -> None:
    before = path.read_bytes()
    for use in (Store.open, count_recordings):
        with pytest.raises(DatabaseUnreadable, match=message) as caught:
            use(path)
        assert str(path) in str(caught.value)
        assert "HEADROUTER_HOME" in str(caught.value)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_is_no_database(path: Path) -> None:
    path.write_text("My thesis. " * 1000)
    assert_untouched(path, "is not a database and was left as it is")


def test_a_damaged_database(path: Path) -> None:
    with Store.open(path) as store:
        add(store)
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    assert_untouched(path, "is damaged")


def test_a_database_of_another_program(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE recordings (title TEXT)")
    other.close()
    assert_untouched(path, "of another program")


def test_a_database_of_a_newer_version(path: Path) -> None:
    with Store.open(path) as store:
        add(store)
    with sqlite3.connect(path) as newer:
        newer.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('headrouter', 'm999_later', '')"
        )
    newer.close()
    assert_untouched(path, "newer version of headrouter")


def test_a_folder_is_no_database(path: Path) -> None:
    path.mkdir()
    for use in (Store.open, count_recordings):
        with pytest.raises(DatabaseUnreadable, match=r"headrouter\.db is a folder"):
            use(path)


def test_a_folder_that_may_not_be_made(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(DatabaseUnreadable, match=r"headrouter\.db .*Permission denied.* may write"):
        Store.open(path)


def test_a_full_disk_at_the_first_use(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(DiskFull, match="No space left"):
        Store.open(path)


def test_a_file_where_a_folder_should_be(path: Path) -> None:
    path.write_text("")
    with pytest.raises(DatabaseUnreadable, match="could not be opened"):
        Store.open(path / "headrouter.db")


def test_a_place_that_does_not_exist(path: Path, tmp_path: Path) -> None:
    path.symlink_to(tmp_path / "unplugged" / "headrouter.db")
    with pytest.raises(DatabaseUnreadable, match="unable to open database file"):
        Store.open(path)


def test_a_file_that_may_only_be_read(path: Path) -> None:
    Store.open(path).close()
    connection = sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)
    with Store(Database(connection), str(path)) as store:
        assert store.recordings() == []
        with pytest.raises(DatabaseUnreadable, match="readonly"):
            add(store)


def test_a_failing_disk() -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_READ
    message = r"x\.db .*disk I/O error.*check the disk"
    with pytest.raises(DatabaseUnreadable, match=message), converted("x.db"):
        raise error


# --- counting without touching


def test_counting_makes_nothing(path: Path) -> None:
    with pytest.raises(DatabaseUnreadable, match="unable to open"):
        count_recordings(path)
    assert not path.exists()
    path.write_bytes(b"")
    assert count_recordings(path) == 0
    with Store.open(path) as store:
        add(store)
        assert count_recordings(path) == 1  # still in the write-ahead log
    assert count_recordings(path) == 1
    assert list(path.parent.iterdir()) == [path]


# --- jobs


def test_a_job_goes_its_way(store: Store) -> None:
    assert store.add_job("j1", "ask", {"question": "Who?"}, owner=7).state == "running"
    store.set_progress("j1", "listening", 0.5)
    job = store.job("j1")
    assert (job.stage, job.fraction, job.arguments) == ("listening", 0.5, {"question": "Who?"})
    assert store.jobs_under_way() == [job]
    assert store.own_job("j1", 8, before=7).owner == 8
    assert store.own_job("j1", 9, before=7) is None  # another was quicker
    done = store.end_job("j1", "done", {"answer": "Ann."})
    assert (done.state, done.result, done.error) == ("done", {"answer": "Ann."}, None)
    assert store.jobs_under_way() == []
    assert store.jobs() == [done]


def test_cancelling_is_a_wish_until_the_job_ends(store: Store) -> None:
    store.add_job("j1", "ask", {}, owner=7)
    assert store.cancel_job("j1").state == "cancelling"
    assert [job.id for job in store.jobs_under_way()] == ["j1"]
    assert store.end_job("j1", "cancelled").state == "cancelled"
    assert store.cancel_job("j1").state == "cancelled"


def test_a_job_that_is_not_there(store: Store) -> None:
    for act in (store.job, store.cancel_job):
        with pytest.raises(NotFound, match="no job 'x'"):
            act("x")


# --- the package


def test_public_names_exist() -> None:
    assert sorted(memory.__all__) == list(memory.__all__)
    assert all(hasattr(memory, name) for name in memory.__all__)


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        (memory.Recording, "recordings"),
        (memory.Word, "words"),
        (memory.Passage, "passages"),
        (memory.Session, "sessions"),
        (memory.Turn, "turns"),
        (memory.Job, "jobs"),
        (memory.BudgetRun, "budget_runs"),
        (memory.SegmentPart, "segment_parts"),
        (memory.FinishedPart, "finished_parts"),
        (memory.Speaker, "speakers"),
    ],
)
def test_fields_are_columns(connection: sqlite3.Connection, kind: type, table: str) -> None:
    db = Database(connection)
    Store(db)
    assert {f.name for f in fields(kind)} <= set(db.table(table).columns_dict)
    assert columns(kind).count('"') == 2 * len(fields(kind))


def test_the_heard_report_is_json_in_the_file(store: Store, connection: sqlite3.Connection) -> None:
    store.add_turn(store.start_session("x").id, None, "Who?", "Ann.", {"seconds": 3})
    (text,) = connection.execute("SELECT heard FROM turns").fetchone()
    assert json.loads(text) == {"seconds": 3}
