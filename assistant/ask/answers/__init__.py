"""Answers made from evidence, a module for each kind of question; `compose` is the way in."""
