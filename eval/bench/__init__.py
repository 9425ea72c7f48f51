"""Benchmarks: scripts that print what was measured, on what, and how far it spreads."""
