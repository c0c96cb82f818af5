"""What an agent can do with a recording, as plain typed functions."""
