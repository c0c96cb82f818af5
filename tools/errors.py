"""Everything the tools raise on purpose.

ToolError
├── MediaError      a file that can't be listened to
│   └── MediaTooLarge   it is larger, longer or of more channels than the settings allow
├── DiskError       what was heard can't be written
├── FetchError      an address that gives no recording
├── MicrophoneError a microphone that is missing, or gone
├── SpeakersError   speakers can't be told apart here, or a name that is none
└── UnknownFormat   no such format of a transcript

Stopped             the user stopped before there was an answer

A ValueError is a caller's mistake (a range that ends before it starts).
"""


class ToolError(Exception):
    """The root of the tree: the message is one sentence that says what to do next."""


class MediaError(ToolError):
    """A file that can't be listened to; the message names it."""


class MediaTooLarge(MediaError):
    """A file beyond a limit; the message names the setting."""


class DiskError(ToolError):
    """What was heard can't be written; the message says where and what to do."""


class FetchError(ToolError):
    """An address that is refused or gives no file; the message names it."""


class MicrophoneError(ToolError):
    """PortAudio is missing, or the device can't be opened or went away."""


class SpeakersError(ToolError):
    """What tells speakers apart is missing or failed, or a name can't be given."""


class SpeakersMissing(SpeakersError):
    """What tells speakers apart is not installed; the message says how it is."""


class UnknownFormat(ToolError):
    """No format of a transcript has that name; the message lists those there are."""


class Stopped(Exception):
    """The user stopped before there was an answer."""

    def __init__(self) -> None:
        super().__init__("stopped before there was an answer; try again to go on")
