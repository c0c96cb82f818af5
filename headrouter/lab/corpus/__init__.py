"""Clips, the soundscapes composed of them, and questions about those."""
