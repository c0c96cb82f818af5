"""What a sound is called, and what one that a model was never taught may be taken for."""

import re

from headrouter.question.language import Sound
from headrouter.question.reading import LANGUAGES

KIN_SHARE = 0.5  # of the likelihood of what a sound may be taken for, in a choice
# By what makes them sound alike, for things in general: not by what a model takes them for.
KIN: dict[str, tuple[str, ...]] = {
    name: tuple(others.split(", "))
    for names, others in (
        ("seagull, duck, goose, parrot, peacock", "crow, chirping birds"),
        ("pigeon, owl, cuckoo, woodpecker", "chirping birds, crow"),
        ("turkey", "hen, rooster"),
        ("howling wolf, fox, coyote", "dog"),
        ("lion, tiger, bear", "dog, cat"),
        ("monkey", "crow, chirping birds"),
        ("elephant, donkey", "cow"),
        ("galloping horse, horse", "footsteps"),
        ("beehive, mosquito", "insects"),
        ("jungle, forest", "chirping birds, insects, crickets"),
        ("hail, river, waterfall, fountain, shower, running tap, faucet", "rain, pouring water"),
        ("bubbles, boiling water, kettle", "pouring water, water drops"),
        ("rowing boat, swimming, splash", "sea waves, pouring water, water drops"),
        ("popcorn, frying pan", "crackling fire"),
        ("typewriter, printer, sewing machine", "keyboard typing, mouse click"),
        ("camera shutter, stapler, light switch, zipper, scissors", "mouse click, can opening"),
        ("wind chimes, gong, singing bowl, cow bell, doorbell", "church bells"),
        ("telephone ring, smoke alarm, timer, morse code", "alarm clock"),
        ("subway station, subway, tram, escalator", "train"),
        ("construction work, drilling, jackhammer, power tool", "chainsaw, hand saw, engine"),
        ("lawn mower, leaf blower, tractor, cement mixer", "chainsaw, engine"),
        ("truck, bus, car, motorcycle, boat engine", "engine, car horn"),
        ("street traffic, traffic, highway", "engine, car horn"),
        ("hair dryer, fan, air conditioner, blender, coffee machine", "vacuum cleaner"),
        ("dishwasher, laundry room, dryer", "washing machine"),
        ("gun shot, explosion, cannon, balloon, cork popping", "fireworks"),
        ("cafe crowd, crowd, restaurant, children playing, party", "laughing, clapping"),
        ("rustling paper, rustling leaves, skateboard, ice skates", "footsteps"),
        ("hammer, hammering, anvil, blacksmith, bouncing ball", "door knock"),
        ("hiccups, burping, whistling, chewing", "breathing, drinking or sipping"),
        ("coins, cash register, doing the dishes", "glass breaking, can opening"),
        ("violin, viola", "cello, double bass"),
        ("ukulele, harp, sitar, lute", "guitar, mandolin, banjo"),
        ("trumpet, tuba, bugle", "trombone, french horn"),
        ("piccolo, recorder, panpipes, ocarina", "flute"),
        ("bird", "hen, rooster, crow"),
        ("insect", "crickets"),
        ("tool", "hand saw, chainsaw"),
        ("machine", "vacuum cleaner, washing machine, engine"),
        ("accordion, harmonica, bagpipes, organ", "oboe, clarinet"),
    )
    for name in names.split(", ")
}  # fmt: skip


def sound_named(text: str) -> Sound | None:
    """The sound that a text names, whole, in one of the known languages; articles don't count."""
    said = re.findall(r"\w+(?:['-]\w+)*", text.lower().replace("’", "'"))
    for language in LANGUAGES.values():
        idle = language.idle
        ways = (tuple(said), tuple(word for word in said if word not in idle))
        for way in ways:
            if way in language.sound_names:
                return language.sound_names[way]
    return None


def names_of(name: str) -> dict[str, float]:
    """The names that speak for a sound in a choice, itself among them, each with its weight.

    "Barking" is a dog; a typewriter may be heard as typing, at half the weight, for it may be that.
    """
    sound = sound_named(name)
    own = (name, sound.name, *sound.near) if sound else (name,)
    kin = {other: KIN_SHARE for one in own for other in KIN.get(one, ())}
    return kin | dict.fromkeys(own, 1.0)
