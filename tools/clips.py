"""Moments of recordings as small files that every browser plays."""

import io

import av

from memory import Recording, Store
from tools.audio import NO_LIMITS, SAMPLE_RATE
from tools.content import open_recording
from tools.limits import Limits

BIT_RATE = 48_000
PIECE = 10.0  # seconds that are in memory at once


def clip(
    store: Store, recording: Recording, start: float, end: float, limits: Limits = NO_LIMITS
) -> bytes:
    """Sound from ``start`` to ``end``, in seconds, as mono MP3.

    Raises MediaError if the recording can't be read, ValueError for an empty range.
    """
    reader, data, at = open_recording(store, recording, limits), io.BytesIO(), 0
    with av.open(data, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=SAMPLE_RATE, bit_rate=BIT_RATE)
        stream.layout = "mono"
        for window in reader.windows(PIECE, start, end):
            frame = av.AudioFrame.from_ndarray(window.samples[None], "fltp", "mono")
            frame.sample_rate, frame.pts = SAMPLE_RATE, at
            at += len(window.samples)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return data.getvalue()
