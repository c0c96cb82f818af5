"""What sounds are called: other names, families, and names that tell nothing apart.

Keys are the labels of the collections; a recording of a label may be asked for by any of its names.
"""

SYNONYMS: dict[str, tuple[str, ...]] = {
    "dog": ("barking dog", "barking"),
    "cat": ("meowing cat", "meowing"),
    "purring cat": ("purring",),
    "cow": ("mooing cow", "mooing", "cattle"),
    "sheep": ("bleating sheep", "lamb", "goat"),
    "pig": ("grunting pig", "hog"),
    "hen": ("clucking hen", "chicken"),
    "rooster": ("crowing rooster", "cockerel"),
    "frog": ("croaking frog", "toad"),
    "crow": ("cawing crow", "raven"),
    "owl": ("hooting owl",),
    "howling wolf": ("wolf", "howling"),
    "chirping birds": ("birds", "birdsong", "bird song"),
    "crickets": ("chirping crickets", "grasshoppers"),
    "insects": ("buzzing insects", "fly", "buzzing"),
    "beehive": ("bees", "buzzing bees"),
    "rain": ("rainfall", "raindrops"),
    "wind": ("blowing wind", "breeze"),
    "thunderstorm": ("thunder", "storm"),
    "sea waves": ("waves", "ocean", "surf"),
    "river": ("stream", "flowing water", "creek"),
    "waterfall": ("rushing water",),
    "pouring water": ("water being poured",),
    "water drops": ("dripping water", "dripping"),
    "running tap": ("tap water", "faucet"),
    "crackling fire": ("fire", "campfire", "fireplace"),
    "laughing": ("laughter", "people laughing"),
    "crying baby": ("baby", "infant crying"),
    "coughing": ("cough", "someone coughing"),
    "sneezing": ("sneeze",),
    "snoring": ("snore",),
    "breathing": ("breath", "heavy breathing"),
    "clapping": ("applause", "hand clapping"),
    "footsteps": ("steps", "someone walking", "walking"),
    "drinking or sipping": ("drinking", "sipping"),
    "brushing teeth": ("toothbrush",),
    "door knock": ("knocking", "knock at the door"),
    "door creak": ("creaking door", "squeaking door"),
    "glass breaking": ("breaking glass", "shattering glass"),
    "can opening": ("opening a can",),
    "mouse click": ("clicking", "computer mouse"),
    "keyboard typing": ("typing", "keyboard"),
    "clock tick": ("ticking clock", "ticking"),
    "clock alarm": ("alarm clock", "alarm"),
    "alarm clock": ("alarm", "beeping alarm"),
    "church bells": ("bells", "ringing bells"),
    "vacuum cleaner": ("hoover", "vacuuming"),
    "washing machine": ("laundry machine",),
    "hair dryer": ("blow dryer",),
    "fan": ("ventilator", "electric fan"),
    "air conditioner": ("air conditioning", "ventilation"),
    "toilet flush": ("flushing toilet",),
    "hand saw": ("sawing",),
    "chainsaw": ("chain saw", "power saw"),
    "jackhammer": ("pneumatic drill", "pneumatic hammer", "road drill"),
    "drilling": ("drill", "power drill"),
    "gun shot": ("gunshot", "shot", "gunfire"),
    "fireworks": ("firecrackers",),
    "siren": ("police siren", "ambulance siren", "emergency siren"),
    "car horn": ("honking", "horn", "honking car"),
    "street traffic": ("traffic", "cars passing", "road traffic"),
    "train": ("railway", "locomotive"),
    "airplane": ("plane", "aircraft", "jet"),
    "helicopter": ("chopper",),
    "engine": ("motor", "idling engine", "engine idling"),
    "crowd": ("many people talking", "people talking"),
    "cafe crowd": ("cafe", "restaurant"),
    "children playing": ("children", "kids playing", "playground"),
    "office": ("office room",),
    "doing the dishes": ("dishes", "washing dishes"),
    "music": ("street music", "a band", "song"),
    "telephone ring": ("ringing telephone", "ringing phone", "phone ringing"),
    "drums": ("drum kit", "drumming", "percussion"),
}

FAMILIES: dict[str, frozenset[str]] = {
    name: frozenset(labels.split(", "))
    for name, labels in {
        "an animal": "dog, cat, purring cat, cow, sheep, pig, hen, rooster, frog, crow, owl, "
        "whale, "
        "howling wolf, chirping birds, crickets, insects, beehive, woodpecker",
        "a bird": "hen, rooster, crow, owl, chirping birds, woodpecker",
        "an insect": "crickets, insects, beehive",
        "a vehicle": "car horn, street traffic, train, airplane, helicopter, engine, siren",
        "a tool": "hand saw, chainsaw, jackhammer, drilling",
        "a machine": "vacuum cleaner, washing machine, hair dryer, fan, air conditioner, engine, "
        "chainsaw, jackhammer, drilling, helicopter",
        "a musical instrument": "banjo, bass clarinet, bassoon, cello, clarinet, contrabassoon, "
        "cor anglais, double bass, flute, french horn, guitar, mandolin, oboe, saxophone, "
        "trombone, "
        "piano, organ, violin, trumpet, harp, accordion, xylophone, drums",
        "water": "rain, sea waves, river, waterfall, pouring water, water drops, running tap, "
        "toilet flush, bubbles, boiling water, rowing boat",
        "an alarm": "siren, alarm clock, clock alarm",
        "music": "music, banjo, bass clarinet, bassoon, cello, clarinet, contrabassoon, "
        "cor anglais, "
        "double bass, flute, french horn, guitar, mandolin, oboe, saxophone, trombone, piano, "
        "organ, "
        "violin, trumpet, harp, accordion, xylophone, drums",
    }.items()
}

ALIKE: tuple[frozenset[str], ...] = tuple(
    frozenset(labels.split(", "))
    for labels in (
        "crowd, cafe crowd, supermarket, library, office, church, temple, subway station, "
        "carousel, "
        "children playing, laughing, footsteps",
        "rain, river, waterfall, sea waves, pouring water, running tap, water drops, windshield "
        "wipers, sailboat, rowing boat, underwater, submarine, bubbles, boiling water, "
        "toilet flush",
        "thunderstorm, rain, wind",
        "jungle, chirping birds, insects, crickets, frog, night village, woodpecker, owl",
        "street traffic, engine, car horn, siren, subway station, train",
        "fan, air conditioner, hair dryer, vacuum cleaner, washing machine, laundry room, "
        "laboratory, "
        "engine, airplane, wind",
        "white noise, pink noise, brown noise, vinyl crackle, tuning radio, waterfall, fan, "
        "air conditioner, rain, wind",
        "jackhammer, drilling, construction work, hand saw, chainsaw",
        "gun shot, fireworks",
        "keyboard typing, typewriter, mouse click",
        "church bells, temple, church, singing bowl, wind chimes",
        "alarm clock, clock alarm, siren, telephone ring, morse code",
        "cat, purring cat",
        "insects, beehive",
        "clock tick, clock alarm",
        "kitchen, doing the dishes, running tap, cafe crowd",
        "music, piano, organ, guitar, drums, violin, trumpet, accordion, carousel",
    )
)

ELSEWHERE = tuple(
    "earthquake, avalanche, sonar, sewing machine, printer, photocopier, camera shutter, zipper, "
    "scissors, elevator, escalator, tractor, forklift, cement mixer, lawn mower, leaf blower, "
    "popcorn, frying pan, blender, coffee machine, kettle, microwave, dishwasher, bouncing ball, "
    "tennis match, bowling, skateboard, ice skates, rollercoaster, dolphin, elephant, lion, "
    "monkey, "
    "snake, turkey, duck, goose, pigeon, parrot, woodchopper, anvil, blacksmith, volcano, hail, "
    "gong, tambourine, bagpipes, sitar, ukulele, harmonica, yodelling, whistling, hiccups, "
    "burping, chewing, slot machine, cash register, vending machine, spray can, stapler, coins, "
    "cork popping, balloon, whip, arrow, sword, cannon, rocket, spaceship, robot".split(", ")
)  # what no recording of training holds: asked for, it is not there


def called(label: str) -> tuple[str, ...]:
    """All names of what is labelled so."""
    return (label, *SYNONYMS.get(label, ()))


def like(label: str) -> set[str]:
    """The labels that a recording of this one might as well have, itself among them."""
    return {label}.union(*(group for group in ALIKE if label in group))


def same(one: str, other: str) -> bool:
    """Whether two names mean one label, or one is a family of the other."""
    for label, others in SYNONYMS.items():
        if {one, other} <= {label, *others}:
            return True
    return one == other
