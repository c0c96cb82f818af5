"""The page: renders what the assistant says. It holds no logic and knows no model."""
