"""Which recordings a client may name that is not the user at the keyboard."""

from pathlib import Path

from assistant.app import Assistant
from assistant.errors import BadRequest
from memory import NotFound, Recording
from tools.audio import AudioReader
from tools.errors import MediaError
from tools.fetch import fetch, is_address
from tools.ingest import add_recording, keep, on_track


class Places:
    """Known recordings always; files and addresses as far as the settings allow."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant, self.settings = assistant, assistant.settings

    def recording(self, place: str, track: int | None = None) -> Recording:
        """The recording at a place; of several audio tracks, the one with that number.

        Raises BadRequest, NotFound, FetchError, MediaError or MediaTooLarge.
        """
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
            limits = self.settings.client_limits
            return add_recording(self.assistant.store, self._allowed(path), limits, track)
        found = self.assistant.store.recording(place)
        if found.id != place.lower() and not found.sha256.startswith(place.lower()):
            raise NotFound(f"There is no recording {place!r}.")  # found by a relative path
        if track is not None:
            return on_track(self.assistant.store, found, track, self.settings.client_limits)
        return found

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

    def _allowed(self, path: Path) -> Path:
        """The path itself, links followed, if it lies in an allowed folder."""
        real = path.resolve()
        folders = [folder.resolve() for folder in self.settings.allowed_folders]
        if not any(real.is_relative_to(folder) for folder in folders):
            raise BadRequest(
                "files of this machine may only be named under the folders in allowed_folders: "
                "upload the file, or give the id of a recording"
            )
        return real
