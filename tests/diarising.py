"""Processes that stand in for the one that tells speakers apart.

A module of their own: each begins by importing it, and must not import PyTorch for that.
"""

import os
import signal
import time

from tools.context import Diarised, Spoken


def never_answers(pipe, given):
    """Is at work for ten minutes."""
    pipe.send(None)
    pipe.recv()
    time.sleep(600)


def is_killed(pipe, given):
    """As by the system, when memory is short."""
    pipe.send(None)
    pipe.recv()
    os.kill(os.getpid(), signal.SIGKILL)


def loads_for_ever(pipe, given):
    """Is never ready."""
    time.sleep(600)


def fails(pipe, given):
    """Can't go on with some samples."""
    pipe.send(None)
    pipe.recv()
    pipe.send("ValueError: no")


def names_itself(pipe, given):
    """Its number is the label."""
    pipe.send(None)
    while True:
        pipe.recv()
        pipe.send(Diarised([Spoken(0.0, 1.0, str(os.getpid()))], {}))
