"""What a language model says after a prompt that was embedded already."""

import pytest
import torch

from headrouter.hear.decode import last_logits_only
from headrouter.testing import tiny_inputs, tiny_model

pytestmark = pytest.mark.usefixtures("one_thread")


@torch.inference_mode()
def test_a_prompt_is_scored_at_its_last_token_alone_and_the_model_left_as_it_was():
    """The thinker of Qwen2.5-Omni knows no ``logits_to_keep``."""
    model, inputs = tiny_model("qwen2_5_omni"), tiny_inputs("qwen2_5_omni")
    whole = model(**inputs).logits
    with last_logits_only(model):
        last = model(**inputs).logits
    assert last.shape[1] == 1
    torch.testing.assert_close(last, whole[:, -1:])
    assert torch.equal(model(**inputs).logits, whole)
