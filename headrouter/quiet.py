"""A library writes to no terminal: neither do those that it uses."""

import logging as standard
from collections.abc import Iterator
from contextlib import contextmanager

from transformers.utils import logging


@contextmanager
def quiet() -> Iterator[None]:
    """Inside, transformers and accelerate draw no progress bars and report errors alone."""
    accelerate = standard.getLogger("accelerate")
    before = accelerate.level
    accelerate.setLevel(standard.ERROR)
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        accelerate.setLevel(before)
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
