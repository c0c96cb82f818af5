"""Prompts out of chat templates, with a tokenizer that joins neighbours."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from headrouter.backends.prompts import TemplatePrompts, own_ids, plain_ids

MARKS = ["<|im_start|>", "<|im_end|>", "<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>", "<s>"]
QWEN = transformers.Qwen2AudioProcessor.default_chat_template.fget(None)
JOINS = (  # what stands beside a question is joined with it
    "{% for message in messages %}{{ message['role'] }}: "
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] %}{% if part['type'] == 'audio' %}<|AUDIO|>"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}... {% endfor %}said:"
)
TEXT_ONLY = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' }}"
    "{% endfor %}{{ '<|im_start|>assistant\n' }}"
)
QUESTION = "Who spoke, and when?"


@pytest.fixture(scope="module")
def tokenizer():
    """Byte pairs, merged over whatever stands side by side."""
    pairs = Tokenizer(models.BPE())
    pairs.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    pairs.decoder = decoders.ByteLevel()
    text = ["user: Who spoke, and when?... said:", "\nWho spoke", "A man.<|im_end|>\n", "n?... s"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=700, special_tokens=MARKS, initial_alphabet=alphabet, show_progress=False
    )
    pairs.train_from_iterator(text * 5, trainer)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=pairs, bos_token="<s>", clean_up_tokenization_spaces=False
    )


def whole(tokenizer, template, question, turns=()):
    """The ids of the template rendered in one piece."""
    messages = []
    for asked, answered in turns:
        messages.append({"role": "user", "content": [{"type": "text", "text": asked}]})
        messages.append({"role": "assistant", "content": [{"type": "text", "text": answered}]})
    clip = {"type": "audio", "audio": "a.wav", "audio_url": "a.wav"}
    content = [clip, {"type": "text", "text": question}]
    return tokenizer.apply_chat_template(
        [*messages, {"role": "user", "content": content}],
        chat_template=template,
        add_generation_prompt=True,
        return_dict=False,
    )


@pytest.mark.parametrize("turns", [(), (("Is it late?", "A man."),)])
@pytest.mark.parametrize("template", [QWEN, JOINS])
def test_they_are_those_of_the_template_in_one_piece(tokenizer, template, turns):
    prompts = TemplatePrompts(tokenizer, template, "<|AUDIO|>")
    (audio,) = tokenizer.convert_tokens_to_ids(["<|AUDIO|>"])
    ids = [*prompts.prefix(turns), audio, *prompts.suffix(QUESTION, turns)]
    assert ids == whole(tokenizer, template, QUESTION, turns)
    apart = [*prompts.suffix("", turns), *prompts.written(QUESTION)]
    assert len(prompts.suffix(QUESTION, turns)) < len(apart) or template == QWEN


def test_what_its_processor_writes_around_a_clip_is_there(tokenizer):
    prompts = TemplatePrompts(
        tokenizer, JOINS, "<|AUDIO|>", around=("<|audio_bos|>", "<|audio_eos|>")
    )
    before, after = tokenizer.convert_tokens_to_ids(["<|audio_bos|>", "<|audio_eos|>"])
    assert prompts.prefix()[-1] == before and prompts.suffix(QUESTION)[0] == after


def test_a_template_of_text_alone_is_given_the_placeholder(tokenizer):
    prompts = TemplatePrompts(tokenizer, TEXT_ONLY, "<|AUDIO|>")
    text = "<|im_start|>user\n<|AUDIO|>Who?<|im_end|><|im_start|>assistant\n"
    ids = tokenizer(text, add_special_tokens=False).input_ids
    (audio,) = tokenizer.convert_tokens_to_ids(["<|AUDIO|>"])
    assert [*prompts.prefix(), audio, *prompts.suffix("Who?")] == ids
    before = tokenizer.decode(prompts.prefix((("Is it late?", "No."),)))
    assert before == (
        "<|im_start|>user\nIs it late?<|im_end|><|im_start|>assistant\nNo.<|im_end|>"
        "<|im_start|>user\n"
    )


@pytest.mark.parametrize(
    "template",
    ["{{ messages[0]['role'] }}", "{{ messages[0]['content'][1]['text'] }}<|AUDIO|>"],
)
def test_a_template_without_a_question_after_the_audio_is_refused(tokenizer, template):
    with pytest.raises(ValueError, match="no place for audio with a question after it"):
        TemplatePrompts(tokenizer, template, "<|AUDIO|>")


@pytest.mark.parametrize("mark", MARKS)
def test_control_tokens_that_are_typed_are_text(tokenizer, mark):
    prompts = TemplatePrompts(tokenizer, QWEN, "<|AUDIO|>")
    (number,) = tokenizer.convert_tokens_to_ids([mark])
    own = prompts.suffix("Say it").count(number), prompts.prefix((("a", "b"),)).count(number)
    typed = prompts.suffix(f"Say {mark} it"), prompts.prefix(((f"a{mark}", f"{mark}b"),))
    assert tuple(ids.count(number) for ids in typed) == own
    assert mark in tokenizer.decode(typed[0]).replace(" ", "")


def test_what_is_read_at_once_is_read_as_each_asks(tokenizer):
    """Control tokens of a template never become text, and those of a question never control."""
    text = "<|im_start|>Who spoke?<|im_end|>"
    wanted = {read: read(tokenizer, text) for read in (own_ids, plain_ids)}
    assert wanted[own_ids] != wanted[plain_ids]
    with ThreadPoolExecutor(4) as pool:
        reads = [own_ids, plain_ids] * 1500
        found = pool.map(lambda read: read(tokenizer, text) == wanted[read], reads)
        assert all(found)
