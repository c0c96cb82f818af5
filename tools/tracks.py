"""Files with several audio tracks: which one is heard, and how the others would sound."""

from pathlib import Path

import numpy as np

from tools.audio import NO_LIMITS, AudioReader
from tools.limits import Limits
from tools.media import Track, tracks_of
from tools.silence import FLOOR_DBFS, is_audible, level_dbfs

LOOKS, LOOK = 10, 3.0  # stretches that tell how loud a track is, and their seconds


def choose(path: Path, track: int | None, limits: Limits = NO_LIMITS) -> Track:
    """The track with that number; without one, FFmpeg's choice, unless it alone is silent.

    Raises:
        MediaError: the file can't be listened to, or has no such track.
        MediaTooLarge: it is beyond the limits.
    """
    if track is not None:
        AudioReader(path, limits, track=track)  # says what is wrong with it
        return tracks_of(path)[track - 1]
    tracks = sorted(tracks_of(path), key=lambda found: not found.best)
    if len(tracks) == 1:
        return tracks[0]
    return next((found for found in tracks if _sounds(path, found, limits)), tracks[0])


def _sounds(path: Path, track: Track, limits: Limits) -> bool:
    if not track.channels:  # its codec can't be decoded
        return False
    windows = AudioReader(path, limits, track=track.number).windows()
    return any(is_audible(level_dbfs(window.samples)) for window in windows)


def note_on(reader: AudioReader) -> str | None:
    """Which track a reader hears, in words; None where there is but one."""
    media = reader.media
    if media.tracks == 1:
        return None
    label = tracks_of(media.path)[media.track - 1].label
    which = f"audio track {media.track} of {media.tracks}"
    return f"{which} was heard ({label})" if label else f"{which} was heard"


def in_words(path: Path) -> list[str]:
    """The tracks of a file for people: number, language, title, and how loud it gets."""
    return [
        f"{track.number}: {track.label or 'without a name'}, {_loudness(path, track)}"
        for track in tracks_of(path)
    ]


def _loudness(path: Path, track: Track) -> str:
    """From looks here and there: to hear all of a film takes long."""
    if not track.channels:
        return "can't be decoded"
    reader = AudioReader(path, track=track.number)
    length = reader.media.seconds or LOOKS * LOOK
    loudest = FLOOR_DBFS
    for start in np.linspace(0.0, max(0.0, length - LOOK), LOOKS):
        for window in reader.windows(LOOK, float(start), float(start) + LOOK):
            loudest = max(loudest, float(level_dbfs(window.samples).max(initial=FLOOR_DBFS)))
    return "silent" if loudest == FLOOR_DBFS else f"{loudest:.0f} dBFS"
