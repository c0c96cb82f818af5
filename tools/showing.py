"""Text as it is shown: what comes from elsewhere on one line, with nothing that acts; sizes."""

import re

_JOINERS = "\u200c\u200d"  # of Persian, of scripts of India and of emoji: they are part of the text


def printable(text: str, keep: str = "") -> str:
    r"""Text with everything escaped that a terminal would obey or could not show.

    A newline becomes \n, the escape character \x1b, a byte that is no text \udce9. keep: what may
    stay all the same.
    """
    return "".join(
        character
        if character.isprintable() or character in _JOINERS or character in keep
        else character.encode("unicode_escape").decode()
        for character in text
    )


def printable_lines(text: str) -> str:
    """Text of several lines, printable."""
    return printable(text, keep="\n\t")


def in_markdown(text: str) -> str:
    """A name or a question as one line of Markdown that means nothing but itself."""
    return re.sub(r"([\\`*\[\]<>&|])", r"\\\1", printable(" ".join(text.split())))


def about(size: float) -> str:
    """A size on disk for people, in two figures: 0.12 MB, 3.8 MB, 38 MB, 1.2 GB."""
    unit, name = (1e9, "GB") if size >= 0.995e9 else (1e6, "MB")
    return f"{float(f'{max(size, 1e4) / unit:.2g}'):g} {name}"


def gigabytes(size: float) -> str:
    """A size for people, in decimal gigabytes."""
    return f"{size / 1e9:.2f} GB"
