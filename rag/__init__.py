"""From a question to an answer: retrieval, evidence, composing, verification, refusal, dialogue."""

from rag.engine import PolicyQA
from rag.types import Answer, Filters, Turn

__all__ = ["Answer", "Filters", "PolicyQA", "Turn"]
