"""Reads source files: one module a format, all giving ``SourceText``."""

from corpus.loaders.reading import SUFFIXES, read_source

__all__ = ["SUFFIXES", "read_source"]
