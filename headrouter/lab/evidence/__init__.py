"""Evidence: calibration of a model's heads, and a benchmark of what pruning costs.

``suite`` composes long recordings with questions, ``layouts`` reads published benchmarks,
``subjects`` is how a model is asked, ``calibrate`` makes a profile, ``quality`` runs the benchmark,
``report`` and ``plots`` say what came out.
"""
