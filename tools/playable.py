"""Recordings as browsers play them: most as they are, the others turned into Ogg Opus once."""

from pathlib import Path

import av
from filelock import FileLock

from memory import Recording, Store
from tools.audio import NO_LIMITS, SAMPLE_RATE, AudioReader, Media
from tools.content import open_recording
from tools.errors import DiskError
from tools.limits import Limits

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


def playable(store: Store, recording: Recording, folder: Path, limits: Limits = NO_LIMITS) -> Path:
    """A file with the recording that browsers play; made in ``folder`` where it must be.

    Who asks while it is being made waits for that. Raises MediaError if the recording can't be
    read, DiskError if the other can't be written.
    """
    path = folder / f"{recording.sha256}.ogg"
    if path.exists():
        return path
    try:
        reader = open_recording(store, recording, limits)
        if _is_played(reader.media):
            return reader.media.path
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):
            if not path.exists():
                _convert(reader, path)
    except OSError as error:
        raise DiskError(
            f"{recording.name} can't be made ready to play ({error.strerror}): make room in the "
            "cache"
        ) from error
    return path


def _is_played(media: Media) -> bool:
    """Whether browsers play the file as it is, and of several tracks that which is heard."""
    return media.tracks == 1 and media.codec in PLAYED.get(media.path.suffix.lower(), ())


def _convert(reader: AudioReader, target: Path) -> None:
    partial = target.with_suffix(".partial")
    try:
        with av.open(str(partial), "w", format="ogg") as container:
            stream = container.add_stream("libopus", rate=SAMPLE_RATE, bit_rate=BIT_RATE)
            stream.layout = "mono"
            at = 0
            for window in reader.windows():
                frame = av.AudioFrame.from_ndarray(window.samples[None], "flt", "mono")
                frame.sample_rate, frame.pts = SAMPLE_RATE, at
                at += len(window.samples)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
