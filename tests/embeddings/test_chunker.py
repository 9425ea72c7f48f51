from __future__ import annotations

import pytest

from embeddings.chunker import chunker_fingerprint, fingerprint_code

CODE = '"""Says."""\n\nLONGEST = 500\n\n\ndef cut(text):\n    """Cuts."""\n    return text[:LONGEST]\n'


@pytest.mark.parametrize(("old", "new"), [("Says", "Tells"), ("Cuts", "Splits"), ("500", "500  # words")])
def test_words_about_the_code_do_not_count(old: str, new: str) -> None:
    assert fingerprint_code(CODE.replace(old, new)) == fingerprint_code(CODE)


@pytest.mark.parametrize(("old", "new"), [("500", "501"), ("[:LONGEST]", "[LONGEST:]")])
def test_what_the_code_does_counts(old: str, new: str) -> None:
    assert fingerprint_code(CODE.replace(old, new)) != fingerprint_code(CODE)


def test_the_passages_have_one() -> None:
    assert len(chunker_fingerprint()) == 32
    assert chunker_fingerprint() != fingerprint_code("")
