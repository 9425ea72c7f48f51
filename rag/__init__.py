"""Retrieval, evidence choice, composing, verification, refusal and dialogue."""
