"""Engines on other machines that search an index's segments."""
