"""What a question asks, read once: `reading.read` makes a `Question`. A file a language."""
