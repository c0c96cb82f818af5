"""What texts mean is worked out once."""

import torch

from tools.meaning import Remembering


class Counting:
    """A stand-in whose texts mean their length and their first letter."""

    def __init__(self):
        self.asked = []

    def __call__(self, texts):
        self.asked.append(list(texts))
        rows = [[float(len(text)), float(ord(text[:1] or " "))] for text in texts]
        return torch.tensor(rows).reshape(-1, 2)


def test_a_second_question_adds_only_its_own_words():
    encode = Counting()
    remembering = Remembering(encode)
    said = ["We meet on Friday.", "Bring bread.", "We meet on Friday."]
    first = remembering([*said, "When do we meet?"])
    again = remembering([*said, "Who brings bread?"])
    assert encode.asked == [[said[0], said[1], "When do we meet?"], ["Who brings bread?"]]
    assert torch.equal(first[:3], again[:3])
    assert torch.equal(again, Counting()([*said, "Who brings bread?"]))


def test_what_was_longest_not_asked_for_is_forgotten_first():
    encode = Counting()
    remembering = Remembering(encode, most=2)
    for texts in (["a", "b"], ["a"], ["c"], ["a"], ["b"]):
        remembering(texts)
    assert encode.asked == [["a", "b"], ["c"], ["b"]]


def test_more_texts_at_once_than_are_kept_are_all_told():
    remembering = Remembering(Counting(), most=1)
    assert remembering(["a", "bb", "ccc"])[:, 0].tolist() == [1.0, 2.0, 3.0]


def test_no_texts_are_no_rows():
    assert Remembering(Counting())([]).shape == (0, 2)
