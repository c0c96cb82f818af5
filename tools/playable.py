"""Recordings as browsers play them: most as they are, the others turned into Ogg Opus once."""

from pathlib import Path

import av

from memory import Recording
from tools.audio import NO_LIMITS, SAMPLE_RATE, AudioReader
from tools.errors import DiskError
from tools.limits import Limits
from tools.media import open_media

PLAYED = {  # suffix -> codecs that all browsers play in it
    ".wav": ("pcm_s16le", "pcm_u8", "pcm_s24le"),
    ".flac": ("flac",),
    ".mp3": ("mp3",),
    ".ogg": ("vorbis", "opus"),
    ".opus": ("opus",),
    ".webm": ("vorbis", "opus"),
    ".m4a": ("aac",),
    ".mp4": ("aac",),
}
BIT_RATE = 32_000


def playable(recording: Recording, folder: Path, limits: Limits = NO_LIMITS) -> Path:
    """A file with the recording that browsers play; made in ``folder`` where it must be.

    Raises MediaError if the recording can't be read, DiskError if the other can't be written.
    """
    media = open_media(recording.path)
    if media.codec in PLAYED.get(recording.path.suffix.lower(), ()):
        return recording.path
    path = folder / f"{recording.sha256}.ogg"
    if not path.exists():
        partial = path.with_suffix(".partial")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _convert(recording.path, partial, limits)
            partial.replace(path)
        except OSError as error:
            raise DiskError(
                f"{path} can't be written ({error.strerror}): make room there"
            ) from error
        finally:
            partial.unlink(missing_ok=True)
    return path


def _convert(source: Path, target: Path, limits: Limits) -> None:
    with av.open(str(target), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=SAMPLE_RATE, bit_rate=BIT_RATE)
        stream.layout = "mono"
        at = 0
        for window in AudioReader(source, limits).windows():
            frame = av.AudioFrame.from_ndarray(window.samples[None], "flt", "mono")
            frame.sample_rate, frame.pts = SAMPLE_RATE, at
            at += len(window.samples)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
