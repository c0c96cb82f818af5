"""The audio index: what goes in comes out, and what is not whole is refused."""

import json
import resource

import numpy as np
import pytest
import torch

from headrouter.errors import IndexDamaged, IndexUnusable
from headrouter.hear.index import ARRAYS, META, VERSION, AudioIndex, IndexMeta, IndexWriter

MODEL, WIDTH, HEADS, DIM, CLASSES = "tiny@1", 6, 2, 4, 3
TOKEN = 0.08  # seconds


def window(tokens, seed=0):
    """Embeddings, keys, levels, mass and letters, two frames a token, as a listener makes them."""
    generator = torch.Generator().manual_seed(seed)
    embeddings = torch.randn(tokens, WIDTH, generator=generator)
    keys = torch.randn(HEADS, tokens, DIM, generator=generator)
    levels = -60 * torch.rand(tokens, generator=generator)
    mass = torch.rand(tokens, generator=generator)
    letters = -9 * torch.rand(2 * tokens, CLASSES, generator=generator).double()
    return embeddings, keys, levels.numpy(), mass, letters


def written(folder, sizes=(5, 3), seconds=None):
    with IndexWriter(folder, MODEL, TOKEN) as writer:
        for seed, tokens in enumerate(sizes):
            writer.append(*window(tokens, seed))
        return writer.finish(sum(sizes) * TOKEN if seconds is None else seconds)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "features" / "abc" / MODEL


@pytest.fixture
def long(folder):
    """Three hours of tokens, of which only the times matter."""
    return AudioIndex(IndexMeta(MODEL, 135_000, TOKEN, 10_799.97, WIDTH, HEADS, DIM), *[None] * 7)


class TestRoundTrip:
    def test_windows_follow_each_other(self, folder):
        written(folder)
        index = AudioIndex.open(folder, MODEL)
        first, second = window(5, 0), window(3, 1)
        embeddings = torch.cat([first[0], second[0]])
        keys = torch.cat([first[1], second[1]], dim=1)
        assert torch.equal(index.embedding_rows([(0, 8)]), embeddings.half().float())
        assert torch.equal(index.key_rows(0, 8), keys.half().float())
        assert np.array_equal(index.levels, np.concatenate([first[2], second[2]]))
        assert np.array_equal(index.mass, np.concatenate([first[3], second[3]]))
        letters = torch.cat([first[4], second[4]]).half().float()
        assert torch.equal(index.letter_rows([(0, 8)], CLASSES), letters)
        assert index.meta == IndexMeta(MODEL, 8, TOKEN, 8 * TOKEN, WIDTH, HEADS, DIM, 2 * CLASSES)

    def test_without_letters(self, folder):
        with IndexWriter(folder, MODEL, TOKEN) as writer:
            writer.append(*window(5)[:4])
            index = writer.finish(5 * TOKEN)
        assert index.meta.letters == 0
        assert index.letter_rows([(0, 5)], CLASSES) is None

    def test_finish_opens_what_it_wrote(self, folder):
        index = written(folder)
        assert torch.equal(index.key_rows(2, 7), AudioIndex.open(folder, MODEL).key_rows(2, 7))

    def test_parts(self, folder):
        index = written(folder, (8,))
        whole = index.embedding_rows([(0, 8)])
        parts = index.embedding_rows([(1, 3), (6, 8)])
        assert torch.equal(parts, torch.cat([whole[1:3], whole[6:8]]))
        letters = index.letter_rows([(0, 8)], CLASSES)
        some = index.letter_rows([(1, 3), (6, 8)], CLASSES)
        assert torch.equal(some, torch.cat([letters[2:6], letters[12:]]))
        assert torch.equal(index.key_rows(3, 5), index.key_rows(0, 8)[:, 3:5])
        assert index.key_rows(3, 5).shape == (HEADS, 2, DIM)

    def test_half_precision_on_disk_single_in_hand(self, folder):
        index = written(folder)
        assert (index.embeddings.dtype, index.keys.dtype) == (np.float16, np.float16)
        assert index.levels.dtype == np.float32
        assert index.embedding_rows([(0, 8)]).dtype == index.key_rows(0, 8).dtype == torch.float32
        sizes = {file.name: file.stat().st_size for file in folder.iterdir() if file.name != META}
        assert sizes == {
            "embeddings": 8 * WIDTH * 2,
            "keys": 8 * HEADS * DIM * 2,
            "levels": 8 * 4,
            "mass": 8 * 4,
            "letters": 8 * 2 * CLASSES * 2,
            "sounds": 0,
        }

    def test_the_arrays_are_mapped_and_not_read(self, folder):
        index = written(folder)
        assert all(isinstance(a, np.memmap) for a in (index.embeddings, index.keys, index.mass))


class TestTimes:
    def test_edges(self, folder):
        index = written(folder, (10,), seconds=0.75)  # the last token is heard in part
        assert index.tokens_between(0.0, 0.75) == (0, 10)
        assert index.tokens_between(0.08, 0.16) == (1, 2)
        assert index.tokens_between(0.079, 0.161) == (0, 3)
        assert index.tokens_between(0.74, 0.75) == (9, 10)
        assert index.tokens_between(0.5, 99.0) == (6, 10)
        assert index.tokens_between(98.0, 99.0) == (10, 10)
        assert index.tokens_between(0.4, 0.4) == (5, 5)
        assert index.seconds_at(0) == 0.0
        assert index.seconds_at(9) == pytest.approx(0.72)
        assert index.seconds_at(10) == 0.75
        assert index.times([(0, 2), (8, 10)]) == [(0.0, 2 * TOKEN), (8 * TOKEN, 0.75)]

    def test_tokens_come_back_from_their_times_over_three_hours(self, long):
        for first in range(long.meta.tokens):
            times = long.seconds_at(first), long.seconds_at(first + 1)
            assert long.tokens_between(*times) == (first, first + 1)


class TestWriting:
    def test_nothing_is_seen_before_the_end(self, folder):
        with IndexWriter(folder, MODEL, TOKEN) as writer:
            writer.append(*window(5))
            assert not folder.exists()
            with pytest.raises(IndexUnusable, match="no usable audio index"):
                AudioIndex.open(folder, MODEL)
            writer.finish(0.4)
            assert AudioIndex.open(folder, MODEL).meta.tokens == 5
        assert list(folder.parent.iterdir()) == [folder]

    def test_the_old_index_serves_until_the_new_one_is_whole(self, folder):
        written(folder, (4,))
        with IndexWriter(folder, MODEL, TOKEN) as writer:
            writer.append(*window(9))
            assert AudioIndex.open(folder, MODEL).meta.tokens == 4
            writer.finish(0.72)
        assert AudioIndex.open(folder, MODEL).meta.tokens == 9

    def test_an_interrupted_writer_leaves_nothing(self, folder):
        with pytest.raises(KeyboardInterrupt), IndexWriter(folder, MODEL, TOKEN) as writer:
            writer.append(*window(5))
            raise KeyboardInterrupt
        assert list(folder.parent.iterdir()) == []

    def test_a_writer_that_is_left_early_leaves_nothing(self, folder):
        with IndexWriter(folder, MODEL, TOKEN) as writer:
            writer.append(*window(5))
        assert list(folder.parent.iterdir()) == []

    def test_what_a_killed_writer_left_is_taken_away(self, folder):
        dead = IndexWriter(folder, MODEL, TOKEN).partial
        dead.mkdir(parents=True)
        (dead / "embeddings").write_bytes(b"old" * 1000)
        assert written(folder, (4,)).meta.tokens == 4
        assert list(folder.parent.iterdir()) == [folder]

    @pytest.mark.parametrize("left", [0, 3, 4, 7, 8, 11])  # tokens of 12 in groups of 4
    def test_an_interrupted_writer_goes_on_at_a_whole_group(self, folder, left):
        parts = [window(1, seed) for seed in range(12)]
        with pytest.raises(KeyboardInterrupt), IndexWriter(folder, MODEL, TOKEN, group=4) as writer:
            for part in parts[:left]:
                writer.append(*part)
            raise KeyboardInterrupt
        with IndexWriter(folder, MODEL, TOKEN, group=4) as writer:
            assert writer.tokens == left // 4 * 4
            for part in parts[writer.tokens :]:
                writer.append(*part)
            index = writer.finish(0.96)
        whole = written(folder.with_name("whole"), (1,) * 12)
        assert np.array_equal(index.embeddings, whole.embeddings)
        assert np.array_equal(index.keys, whole.keys)
        assert np.array_equal(index.levels, whole.levels)
        assert [f.name for f in folder.parent.iterdir() if "partial" in f.name] == []

    def test_a_torn_write_is_cut_off(self, folder):
        with IndexWriter(folder, MODEL, TOKEN, group=4) as writer:
            writer.append(*window(8))
        (writer.partial / "keys").write_bytes((writer.partial / "keys").read_bytes()[:-1])
        with IndexWriter(folder, MODEL, TOKEN, group=4) as writer:
            assert writer.tokens == 4
            assert (writer.partial / "levels").stat().st_size == 4 * 4

    @pytest.mark.parametrize("junk", [b"", b"{}", b"[]", b"\xff", b'{"version": 1}'])
    def test_what_cannot_be_taken_up_is_begun_anew(self, folder, junk):
        with IndexWriter(folder, MODEL, TOKEN, group=4) as writer:
            writer.append(*window(8))
        (writer.partial / META).write_bytes(junk)
        with IndexWriter(folder, MODEL, TOKEN, group=4) as writer:
            assert writer.tokens == 0
            writer.append(*window(5))
            assert writer.finish(0.4).meta.tokens == 5

    def test_another_models_beginning_is_not_taken_up(self, folder):
        with IndexWriter(folder, "other", TOKEN, group=4) as writer:
            writer.append(*window(8))
        with IndexWriter(folder, MODEL, TOKEN, group=4) as writer:
            assert writer.tokens == 0

    def test_an_index_grows_while_the_old_one_is_in_use(self, folder):
        with IndexWriter(folder, MODEL, TOKEN, group=4) as writer:
            writer.append(*window(6))
            old = writer.finish(0.48)
        with IndexWriter(folder, MODEL, TOKEN, group=4, grow=True) as writer:
            assert writer.tokens == 4
            writer.append(*window(9, seed=1))
            new = writer.finish(1.04)
        assert (old.meta.tokens, new.meta.tokens) == (6, 13)
        assert np.array_equal(old.embeddings[:4], new.embeddings[:4])
        assert np.array_equal(old.levels, window(6)[2])  # still there, whole

    def test_nothing_heard_is_no_index(self, folder):
        with (
            pytest.raises(IndexUnusable, match="at least one window"),
            IndexWriter(folder, MODEL, TOKEN) as writer,
        ):
            writer.finish(0.0)
        assert list(folder.parent.iterdir()) == []

    def test_a_disk_that_takes_no_more(self, folder):
        """The limit on file size stands for a full disk: closing the files fails as well."""
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
        try:
            with (
                pytest.raises(OSError, match="File too large"),
                IndexWriter(folder, MODEL, TOKEN) as writer,
            ):
                files = list(writer.files.values())
                for _ in range(5):
                    writer.append(*window(1000))
                writer.finish(400.0)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert [file.closed for file in files] == [True] * len(ARRAYS)
        assert list(folder.parent.iterdir()) == []


class TestRefusals:
    def test_no_folder(self, folder):
        with pytest.raises(IndexUnusable, match="no usable audio index"):
            AudioIndex.open(folder, MODEL)

    def test_another_models(self, folder):
        written(folder)
        with pytest.raises(IndexUnusable, match=f"made by tiny@1, version {VERSION}"):
            AudioIndex.open(folder, "tiny@2")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"version": VERSION + 1},
            {"tokens": 9},
            {"tokens": -8},
            {"tokens": "8"},
            {"tokens": 8.5},
            {"tokens": 10**30},
            {"tokens": 4},  # what is left out would count for silence, or for nothing
            {"tokens": 0},
            {"token_seconds": 0},
            {"token_seconds": -0.08},
            {"token_seconds": float("nan")},
            {"token_seconds": float("inf")},
            {"token_seconds": "0.08"},
            {"seconds": float("nan")},
            {"seconds": 0.0},
            {"width": None},
            {"head_dim": 5},
            {"colour": "red"},
        ],
        ids=str,
    )
    def test_a_meta_file_with_another_content(self, folder, wrong):
        written(folder)
        meta = json.loads((folder / META).read_text())
        (folder / META).write_text(json.dumps(meta | wrong))
        with pytest.raises(IndexUnusable):
            AudioIndex.open(folder, MODEL)

    @pytest.mark.parametrize(
        "content", [b"", b"{", b"[]", b"null", b"3", b"{}", b"\xff\xfe", b"[" * 100], ids=repr
    )
    def test_a_meta_file_that_is_none(self, folder, content):
        written(folder)
        (folder / META).write_bytes(content)
        with pytest.raises(IndexUnusable, match="no usable audio index"):
            AudioIndex.open(folder, MODEL)

    @pytest.mark.parametrize("name", ["embeddings", "keys", "levels"])
    @pytest.mark.parametrize("left", [-1, 1, 0], ids=["one byte short", "one byte", "empty"])
    def test_a_truncated_array(self, folder, name, left):
        written(folder)
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[:left])
        with pytest.raises(IndexUnusable, match="no usable audio index"):
            AudioIndex.open(folder, MODEL)

    @pytest.mark.parametrize("name", ["embeddings", "keys", "levels", META])
    def test_a_file_that_is_too_long(self, folder, name):
        written(folder)
        with (folder / name).open("ab") as file:
            file.write(b" " if name == META else b"12")
        if name == META:
            assert AudioIndex.open(folder, MODEL)
            return
        with pytest.raises(IndexDamaged, match=f"{name} has .* bytes instead of"):
            AudioIndex.open(folder, MODEL)

    @pytest.mark.parametrize("name", ["embeddings", "keys", "levels", "mass", "letters"])
    def test_a_bit_that_fell_over(self, folder, name):
        index = written(folder)
        index.verify()
        data = bytearray((folder / name).read_bytes())
        data[len(data) // 2] ^= 1
        (folder / name).write_bytes(data)
        with pytest.raises(IndexDamaged, match=f"{name} of .* is not as it was written"):
            AudioIndex.open(folder, MODEL).verify()
        (folder / name).unlink()
        with pytest.raises(IndexDamaged, match="can't be read"):
            index.verify()

    def test_one_made_before_there_were_sums_is_told_by_its_sizes(self, folder):
        written(folder)
        meta = json.loads((folder / META).read_text())
        del meta["sums"]
        (folder / META).write_text(json.dumps(meta))
        AudioIndex.open(folder, MODEL).verify()

    def test_a_file_is_read_once_as_long_as_it_stays(self, folder, monkeypatch):
        index = written(folder)
        index.verify()
        read = []
        monkeypatch.setattr("headrouter.hear.index.crc32", lambda piece, total: read.append(piece))
        AudioIndex.open(folder, MODEL).verify()
        assert read == []

    def test_a_damaged_one_does_not_grow(self, folder):
        with IndexWriter(folder, MODEL, TOKEN, group=4) as writer:
            writer.append(*window(8))
            writer.finish(0.64)
        data = bytearray((folder / "keys").read_bytes())
        data[0] ^= 1
        (folder / "keys").write_bytes(data)
        with IndexWriter(folder, MODEL, TOKEN, group=4, grow=True) as writer:
            assert writer.tokens == 0

    @pytest.mark.parametrize("name", ["embeddings", "keys", "levels", META])
    def test_a_missing_file(self, folder, name):
        written(folder)
        (folder / name).unlink()
        with pytest.raises(IndexUnusable, match="no usable audio index"):
            AudioIndex.open(folder, MODEL)
