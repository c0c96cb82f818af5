"""Short statements with questions that only they answer, to be spoken: listening for content."""

import random
import re
from dataclasses import dataclass

SLOTS = {
    "name": (
        "Anna Mary John Peter Alice Robert Helen George Martha Henry Laura Thomas Emma Walter "
        "Clara Daniel Susan Edward Julia Frank Rose Samuel Ellen Arthur Grace Oscar Ruth Victor "
        "Lucy Albert Nora Philip Diana Martin Sophie Leonard"
    ).split(),
    "day": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
    "month": (
        "January February March April May June July August September October November December"
    ).split(),
    "n": (
        "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty "
        "fifty sixty eighty ninety"
    ).split(),
    "hour": "one two three four five six seven eight nine ten eleven twelve".split(),
    "city": (
        "London Paris Rome Berlin Boston Chicago Vienna Madrid Dublin Athens Lisbon Moscow Cairo "
        "Denver Geneva Oslo Prague Tokyo"
    ).split(),
    "thing": (
        "bread|wine|chairs|lamp|books|letter|map|tickets|camera|keys|money|flowers|piano|tools|"
        "blankets|apples|coffee|painting|contract|report|medicine|umbrella"
    ).split("|"),
    "place": (
        "old bridge|library|station|market|church|garden|hotel|river|school|museum|harbour|"
        "town hall|white house|theatre|hospital|office|park|farm"
    ).split("|"),
    "event": (
        "concert|meeting|wedding|party|lecture|game|festival|dinner|auction|exhibition|interview|"
        "rehearsal|exam"
    ).split("|"),
    "relative": "brother sister father mother uncle aunt cousin neighbour doctor teacher".split(),
    "colour": "red blue green white black yellow brown grey purple".split(),
    "vehicle": "car boat bus bicycle wagon train truck".split(),
    "animal": "horses dogs sheep goats cows chickens".split(),
}

FACTS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "The {event} is on {day}, at the {place}.",
        (
            ("On which day is the {event}?", "{day}."),
            ("Where is the {event}?", "At the {place}."),
        ),
    ),
    (
        "I believe that {day} would be best for the {event}.",
        (("Which day would be best for the {event}?", "{day}."),),
    ),
    (
        "We have come together to choose a day for the {event}. What about {day}?",
        (("Which day is suggested for the {event}?", "{day}."),),
    ),
    (
        "My {relative} will bring the {thing}.",
        (
            ("Who will bring the {thing}?", "My {relative}."),
            ("What will the {relative} bring?", "The {thing}."),
        ),
    ),
    (
        "{name} forgot the {thing} at the {place}.",
        (
            ("Who forgot the {thing}?", "{name}."),
            ("What did {name} forget?", "The {thing}."),
            ("Where did {name} forget the {thing}?", "At the {place}."),
        ),
    ),
    (
        "The {event} starts at {hour} o'clock.",
        (("At what time does the {event} start?", "At {hour} o'clock."),),
    ),
    (
        "Last year there were {n} people at the {event}.",
        (("How many people were at the {event} last year?", "{n}."),),
    ),
    (
        "{name} moved from {city} to {city2} in {month}.",
        (
            ("Where did {name} move to?", "To {city2}."),
            ("Where did {name} live before?", "In {city}."),
            ("When did {name} move?", "In {month}."),
        ),
    ),
    (
        "The {colour} {vehicle} belongs to {name}.",
        (
            ("Whose is the {vehicle}?", "{name}'s."),
            ("What colour is the {vehicle}?", "{colour}."),
        ),
    ),
    (
        "{name} paid {n} dollars for the {thing}.",
        (
            ("How much did {name} pay?", "{n} dollars."),
            ("What did {name} pay for?", "The {thing}."),
        ),
    ),
    (
        "We will meet {name} at the {place} on {day}.",
        (
            ("Whom will they meet?", "{name}."),
            ("Where will they meet {name}?", "At the {place}."),
            ("When will they meet?", "On {day}."),
        ),
    ),
    (
        "If it rains, we will go to the {place}.",
        (("Where will they go if it rains?", "To the {place}."),),
    ),
    (
        "{name} keeps {n} {animal} near {city}.",
        (
            ("How many {animal} does {name} keep?", "{n}."),
            ("What does {name} keep?", "{n} {animal}."),
        ),
    ),
    (
        "Please give the {thing} to {name} before {day}.",
        (
            ("Who should get the {thing}?", "{name}."),
            ("What should {name} get?", "The {thing}."),
            ("By when?", "Before {day}."),
        ),
    ),
    (
        "The {vehicle} to {city} leaves at {hour}.",
        (
            ("Where does the {vehicle} go?", "To {city}."),
            ("When does the {vehicle} leave?", "At {hour}."),
        ),
    ),
    (
        "We have decided to sell the {thing}, but to keep the {vehicle}.",
        (
            ("What will they sell?", "The {thing}."),
            ("What will they keep?", "The {vehicle}."),
        ),
    ),
    (
        "{name} will write the report, and {name2} will call the {relative}.",
        (
            ("Who will write the report?", "{name}."),
            ("Who will call the {relative}?", "{name2}."),
        ),
    ),
    (
        "That was a man with a letter from {name}. {name2} wants to see it.",
        (
            ("Who is the letter from?", "{name}."),
            ("Who wants to see the letter?", "{name2}."),
        ),
    ),
)


@dataclass(frozen=True)
class Fact:
    """What is said, and questions with their answers."""

    text: str
    questions: tuple[tuple[str, str], ...]


def fact(rng: random.Random) -> Fact:
    """One statement with its slots filled, no value twice."""
    text, questions = rng.choice(FACTS)
    values: dict[str, str] = {}
    for slot in re.findall(r"{(\w+)}", text):
        options = SLOTS[slot.rstrip("2")]
        values[slot] = rng.choice([option for option in options if option not in values.values()])
    filled = [(q.format(**values), _sentence(a.format(**values))) for q, a in questions]
    return Fact(_sentence(text.format(**values)), tuple(filled))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
