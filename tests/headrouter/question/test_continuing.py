"""Questions that go on from the one before, in full."""

import pytest

from headrouter.question.continuing import continued
from headrouter.question.reading import spoken_in

STANDS = None


@pytest.mark.parametrize(
    ("before", "then", "full"),
    [
        # A part takes the place of the like one
        ("How fast is sound in air?", "What about in water?", "How fast is sound in water?"),
        ("How much are tickets?", "and for students?", "How much are tickets for students?"),
        ("How much are the boxes?", "And the desks?", "How much are the desks?"),
        ("Who pays for the boxes?", "And the old desks?", "Who pays for the old desks?"),
        ("What did Anna promise?", "And Bob?", "What did Bob promise?"),
        ("What happens on Monday?", "What about Tuesday?", "What happens on Tuesday?"),
        ("When does the dog bark?", "and the cat?", "When does the cat?"),
        # What only asks
        ("Does the soup have to cook?", "how long?", "How long does the soup have to cook?"),
        ("What does the coat cost?", "And why?", "Why does the coat cost?"),
        ("Who calls North Wind?", "And by when?", "By when calls North Wind?"),
        # A pronoun stands for the last thing
        ("What is wrong with the lift?", "and who repairs it?", "Who repairs the lift?"),
        ("Where is the highest volcano?", "How high is it?", "How high is the highest volcano?"),
        ("What did Anna promise?", "And when will she do that?", "When will Anna do that?"),
        # Other languages
        ("Wann bellt der Hund?", "Und die Katze?", "Wann bellt die Katze?"),
        ("Was kostet der Spiegel?", "Und die Bremsen?", "Was kostet die Bremsen?"),
        ("¿Cuánto cuesta la puerta?", "¿Y la ventana?", "Cuánto cuesta la ventana?"),
        ("Quand est la fête ?", "Et où ?", "Où est la fête?"),
        ("Quando arriva il treno?", "E l'autobus?", "Quando arriva l'autobus?"),
        ("Quanto custa a porta?", "E a janela?", "Quanto custa a janela?"),
        ("Wat kost de deur?", "En het raam?", "Wat kost het raam?"),
        # These stand by themselves
        ("Was the heating mentioned?", "And what did they decide about the budget?", STANDS),
        ("On what day do they arrive?", "And on which day do they leave?", STANDS),
        ("When does the dog bark?", "What is the price of the house?", STANDS),
        ("When does the dog bark?", "the price of the house", STANDS),
        ("What did they decide?", "And I would like to know all that you heard there", STANDS),
        ("", "And the desks?", STANDS),
        ("What happens at the start?", "And now?", STANDS),
        ("What happens at the start?", "What is heard now?", STANDS),
        ("Talk for a minute.", "And the desks?", STANDS),
    ],
)
def test_is_understood_in_full(before, then, full):
    assert continued(then, before, spoken_in(before)) == full
