"""Hearing a recording once, searching what was heard, and answering from it."""
