"""The folder that the assistant keeps things in: whose it is, who uses it."""
