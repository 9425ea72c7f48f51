"""Question sets, scorers, metrics and benchmarks."""
