"""The unofficial English summary of a cited clause."""

from rag.engine import PolicyQA


def test_an_english_question_gets_the_summary_beside_the_clause(compendium: PolicyQA) -> None:
    answer = compendium.ask("How much does Tianjin pay for each new 5G base station?")
    citation = answer.citations[0]
    assert "5G" in citation.gist and "RMB 20,000" in citation.gist
    assert citation.gist not in citation.text
    assert citation.gist not in answer.text


def test_a_chinese_question_gets_none(compendium: PolicyQA) -> None:
    answer = compendium.ask("天津建一个5g基站给几万块")
    assert answer.citations and all(not citation.gist for citation in answer.citations)
