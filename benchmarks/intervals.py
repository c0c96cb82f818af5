"""The interval that the benchmarks print around a share."""

from math import sqrt


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95% score interval of hits out of n (Wilson 1927); all of 0 to 1 for none."""
    if n == 0:
        return 0.0, 1.0
    z = 1.96
    centre, half = hits + z * z / 2, z * sqrt(hits * (n - hits) / n + z * z / 4)
    low, high = (max(0.0, (centre + sign * half) / (n + z * z)) for sign in (-1, 1))
    return low, high


def told(hits: int, n: int) -> str:
    """Hits of n with the interval, for people."""
    low, high = wilson(hits, n)
    return f"{hits} of {n} ({low:.1%} to {high:.1%})"
