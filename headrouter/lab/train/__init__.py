"""Training nano's adapter: align, then tune; and measuring what came of it."""
