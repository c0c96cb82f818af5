"""What a run will cost, what there is, and what is planned for it."""
