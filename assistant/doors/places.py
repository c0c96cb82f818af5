"""Which recordings a client may name that is not the user at the keyboard."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from assistant.app import Assistant
from assistant.ask.nodes import check_text
from assistant.errors import BadRequest
from memory import NotFound, Recording
from tools.audio import AudioReader
from tools.errors import MediaError
from tools.fetch import fetch, is_address
from tools.ingest import add_recording, keep, on_track

QUOTED = re.compile(r"[\"“„'‘]([^\"“”„'‘’\n]+)[\"”'’]")
AROUND = ".,;:!?()<>[]\"'“”„‘’"  # a name in a sentence


def is_parsed(text: str) -> bool:
    """Whether it is a path, or an address as addresses are written."""
    try:
        urlsplit(text)
    except ValueError:  # "https://[": half an IPv6 address
        return not is_address(text)
    return True


def without_links(path: Path) -> Path:
    """A path, its links followed. Raises BadRequest where they lead nowhere."""
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:  # a loop of links, too long a name
        raise BadRequest(f"{str(path)!a} can't be opened: {reason(error)}") from error


def reason(error: Exception) -> str:
    """Why, without the path, in the system's words."""
    return error.strerror or "?" if isinstance(error, OSError) else "its links go round in a circle"


class Places:
    """Known recordings always; files and addresses as far as the settings allow."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant, self.settings = assistant, assistant.settings
        self.folders = [folder.resolve() for folder in self.settings.allowed_folders]

    def recording(self, place: str, track: int | None = None) -> Recording:
        """The recording at a place; of several audio tracks, the one with that number.

        Raises BadRequest, NotFound, FetchError, MediaError or MediaTooLarge.
        """
        check_text(place)
        if "\0" in place or not is_parsed(place):
            raise BadRequest(f"{place!a} is no recording: give an id, a path or an address")
        if is_address(place):
            if not self.settings.allow_addresses:
                raise BadRequest("addresses are not fetched here: allow_addresses is not set")
            path = fetch(
                place,
                self.settings.uploads,
                offline=self.settings.offline,
                most_bytes=self.settings.max_file,
            )
            return self.kept(path, track)
        path = Path(place)
        if path.is_absolute() or len(path.parts) > 1:
            self._allowed(without_links(path))  # before it is told whether there is such a file
            limits = self.settings.client_limits
            return add_recording(self.assistant.store, path, limits, track, self._allowed)
        found = self.assistant.store.recording(place)
        if found.id != place.lower() and not found.sha256.startswith(place.lower()):
            raise NotFound(f"There is no recording {place!r}.")  # found by a relative path
        if track is not None:
            return on_track(self.assistant.store, found, track, self.settings.client_limits)
        return found

    def named(self, place: str, words: str) -> Recording:
        """The recording at a place that a chat model chose, for a user who said ``words``.

        It reads what was said in recordings, and whoever spoke there must not make it fetch or
        open anything: what is not known yet has to be in the user's own words, and within the
        settings too. Raises as `recording`.
        """
        check_text(place)
        try:
            return self.assistant.store.recording(place)
        except NotFound:
            if is_name(place) and place not in names_in(words):
                raise BadRequest(
                    f"{place!a} is not in the user's question: only files and addresses that the "
                    "user named are added; others by the id of a known recording"
                ) from None
            return self.recording(place)

    def kept(self, path: Path, track: int | None = None) -> Recording:
        """A file that came from a client, as a recording; one that is refused is removed.

        Raises MediaError, MediaTooLarge or DiskError.
        """
        store, limits = self.assistant.store, self.settings.client_limits
        try:
            limits.check_bytes(path)
            AudioReader(path, limits, track=track)
            return add_recording(store, keep(self.settings.uploads, path), limits, track)
        except MediaError:
            path.unlink(missing_ok=True)
            raise

    def _allowed(self, real: Path) -> None:
        """Raises BadRequest unless a path without links lies in an allowed folder."""
        if not any(real.is_relative_to(folder) for folder in self.folders):
            raise BadRequest(
                "files of this machine may only be named under the folders in allowed_folders: "
                "upload the file, or give the id of a recording"
            )


def is_name(place: str) -> bool:
    """Whether it is an address or a path, rather than an id."""
    return is_address(place) or Path(place).is_absolute() or len(Path(place).parts) > 1


def names_in(words: str) -> set[str]:
    """What may be the name of a file in a text: each word of it, and what is quoted."""
    return {word.strip(AROUND) for word in words.split()} | set(QUOTED.findall(words))
