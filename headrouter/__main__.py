"""The program ``headrouter``, also ``python -m headrouter``."""

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

INSTALLED = "headrouter.app"  # where a wheel has the assistant (setup.py)
CLONE = Path(__file__).parents[1] / "ui" / "main.py"
LIBRARY_ALONE = "this is the library alone; for the assistant run: pip install headrouter"


def main() -> None:
    """Run the command line; exits with its code, 2 where only the library is installed."""
    if find_spec(INSTALLED):
        import_module(f"{INSTALLED}.ui.main").main()
    elif CLONE.exists():
        import_module("ui.main").main()
    else:
        print(f"headrouter: {LIBRARY_ALONE}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
