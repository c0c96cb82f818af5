"""Calibration by what is found: heads that find planted moments, and a signal from wordings."""

import pytest
import torch

from headrouter.hear.listener import AudioLM
from headrouter.lab.evidence import finding
from headrouter.lab.evidence.finding import (
    calibrate_by_finding,
    discriminant,
    seek,
    share_kept,
    target_of,
    with_signal,
)
from headrouter.lab.evidence.planted import SENTENCE, SOUND, Planted, recordings
from headrouter.prune.profiles import uniform_profile
from headrouter.prune.routing import route
from headrouter.testing import tiny_card, tiny_listener
from tests.headrouter.lab.test_evidence import clips  # noqa: F401

pytestmark = pytest.mark.usefixtures("one_thread")

CARD = tiny_card()
FINDS = {SOUND: 2, SENTENCE: 4}  # the one head that finds it


@pytest.fixture
def listener(monkeypatch):
    """A model of six heads, of which one finds what is asked for and the others look at noise."""
    moments = {}

    def recorded(*settings):
        for samples, planted in recordings(*settings):
            moments.update({item.question: item for item in planted})
            yield samples, planted

    def queries(self, questions):
        recorded.asked = questions[0]
        return real(self, questions)

    def attended(self, queries, blocks):
        item = moments[recorded.asked]
        count = sum(keys.shape[1] for keys in blocks())
        rows = torch.rand(6, count, generator=torch.Generator().manual_seed(count))
        rows[FINDS[item.kind]] = target_of(item, self.token_seconds, count).float()
        rows[FINDS[item.kind]] += 3 * torch.rand(count, generator=torch.Generator().manual_seed(1))
        return rows / rows.sum(dim=1, keepdim=True)

    real = AudioLM.queries
    monkeypatch.setattr(finding, "recordings", recorded)
    monkeypatch.setattr(finding, "SECONDS", 40.0)
    monkeypatch.setattr(AudioLM, "queries", queries)
    monkeypatch.setattr(AudioLM, "attended", attended)
    return tiny_listener(CARD)


def test_the_heads_that_find_it_get_the_weight(listener, clips):  # noqa: F811
    lines = []
    found = calibrate_by_finding(
        listener, clips, samples=2, layers=[2, 1], keep=0.4, seed=0, report=lines.append
    )
    profile = found.profile
    assert profile.calibrated and profile.heads == 6
    assert profile.layer == 1  # as good as the other, and prunes more
    assert profile.semantic[FINDS[SENTENCE]] > 0.6
    assert profile.acoustic[FINDS[SOUND]] > 0.6
    assert found.cases["acoustic"] == 4 and 1 <= found.cases["semantic"] <= 4
    assert [layer.profile.layer for layer in found.layers] == [1, 2]
    for layer in found.layers:
        assert sum(layer.scores) > sum(layer.uniform)
    assert [line.split(":")[0] for line in lines] == ["layer 1", "layer 2"]


def test_its_signal_tells_the_wordings_apart(listener, clips):  # noqa: F811
    """Through the listener, as a question will be routed."""
    found = calibrate_by_finding(listener, clips, samples=1, layers=[1], keep=0.4, seed=0)
    asked = listener.with_profile(found.profile)
    flat = torch.full((6, 50), 1 / 50)

    def routes(question):
        return route(flat, asked.profile, asked.queries([question])).as_dict()

    spoken = [routes(text) for text in finding.SEMANTIC]
    sounds = [routes(text) for text in finding.ACOUSTIC]
    right = sum(r["semantic"] > r["acoustic"] for r in spoken)
    right += sum(r["acoustic"] > r["semantic"] for r in sounds)
    assert right > 0.75 * len(spoken + sounds)  # as far as a random model tells words apart


def test_share_kept():
    scores = torch.tensor([0.1, 0.9, 0.8, 0.2, 0.3])
    target = torch.tensor([False, True, False, True, False])
    assert share_kept(scores, target, 0.2) == 0.5
    assert share_kept(scores, target, 0.6) == 0.5
    assert share_kept(scores, target, 1.0) == 1.0


def test_a_moment_lies_in_the_tokens_that_it_touches():
    target = target_of(Planted(SOUND, "", 0.25, 0.55), 0.1, 8)
    assert target.nonzero().flatten().tolist() == [2, 3, 4, 5]


def test_what_is_sought_is_weighed_as_a_question_is(clips):  # noqa: F811
    listener = tiny_listener(CARD)
    ((samples, planted),) = recordings(clips, 1, 20.0, 1, 0)
    for item, sought in zip(planted, seek(listener, samples, planted), strict=True):
        (keys,) = listener.keys(listener.embed([samples[:16_000]]))
        assert sought.kind == item.kind
        assert sought.attended.shape == (6, len(sought.target))
        assert sought.attended.sum(dim=1).tolist() == pytest.approx([1.0] * 6, abs=1e-4)
        one = listener.weigh(listener.queries([item.question]), lambda keys=keys: [keys])
        assert one.importance.shape == (10,)


def test_the_discriminant_avoids_what_varies_anyway():
    draw = torch.Generator().manual_seed(0)
    noise = torch.randn(2, 200, 2, generator=draw, dtype=torch.float64)
    noise[..., 0] *= 10
    one, other = noise[0], noise[1] + torch.tensor([1.0, 1.0])
    direction = discriminant(one, other)
    assert float((other.mean(dim=0) - one.mean(dim=0)) @ direction) == pytest.approx(1.0)
    assert abs(direction[0]) < 0.5 * abs(direction[1])  # the means alone differ in both alike


def test_routes_lie_along_the_direction():
    """Two features that differ by 2 between the kinds, each varying by itself."""
    draw = torch.Generator().manual_seed(1)
    semantic = torch.randn(30, 6, generator=draw, dtype=torch.float64) * 0.2
    acoustic = torch.randn(30, 6, generator=draw, dtype=torch.float64) * 0.2
    acoustic[:, 3] += 2.0
    profile = with_signal(uniform_profile("m", 2, 3), semantic, acoustic)
    assert profile.mu_acoustic - profile.mu_semantic == pytest.approx(1.0, abs=1e-5)
    assert profile.mu_uniform == pytest.approx((profile.mu_semantic + profile.mu_acoustic) / 2)
    assert 0.05 < profile.sigma < 0.2  # the noise is a tenth of the distance
    signals = torch.cat([semantic, acoustic]) @ torch.tensor(profile.direction).double()
    assert float(signals[:30].max()) < profile.mu_uniform < float(signals[30:].min())
