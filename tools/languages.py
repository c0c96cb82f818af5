"""The languages that the recogniser knows, by their codes."""

LANGUAGES = frozenset(
    "af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he "
    "hi hr ht hu hy id is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne "
    "nl nn no oc pa pl ps pt ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk "
    "ur uz vi yi yo zh yue".split()
)


def language_name(code: str) -> str:
    """A language's name in English, "German"; its code where that is not known."""
    from transformers.models.whisper.tokenization_whisper import LANGUAGES as NAMES

    return NAMES[code].title() if code in NAMES else code


def language_code(text: str) -> str:
    """The code of a language, in lower case. Raises ValueError, which names them all."""
    code = text.strip().lower()
    if code not in LANGUAGES:
        raise ValueError(f"{text!r} is no language: give one of {' '.join(sorted(LANGUAGES))}")
    return code
