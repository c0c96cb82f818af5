"""What to keep of a running model's audio tokens, and cutting the rest."""
