"""Commands that need no model start at once: nothing heavy is imported for them."""

import os
import subprocess
import sys

import pytest
from media import tone, write_wav

HEAVY = ("torch", "transformers", "langgraph", "gradio", "pandas", "faster_whisper", "mcp")
RUN = f"""
import sys
from ui.main import main
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
sys.exit(" ".join(name for name in {HEAVY!r} if name in sys.modules) or 0)
"""


@pytest.mark.parametrize(
    "args",
    [
        "--help",
        "--version",
        "ask --help",
        "config show",
        "recordings list",
        "recordings show RECORDING",
        "search word",
        "sessions list",
        "speakers list",
    ],
)
def test_nothing_heavy_is_imported_for(args, tmp_path):
    if "RECORDING" in args:
        from memory import Store
        from tools.ingest import add_recording

        with Store.open(tmp_path / "home" / "headrouter.db") as store:
            found = add_recording(store, write_wav(tmp_path / "a.wav", tone(1)))
        args = args.replace("RECORDING", found.id)
    folders = dict(HEADROUTER_HOME=str(tmp_path / "home"), HEADROUTER_CACHE=str(tmp_path / "cache"))
    ended = subprocess.run(
        [sys.executable, "-c", RUN, *args.split()],
        env=os.environ | folders,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
