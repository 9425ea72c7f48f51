"""Cutting clauses into passages."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.passages import LONGEST_PASSAGE, split_passages
from corpus.types import Clause, ClauseKind, Number, Span

_CLAUSE = Clause(
    id="d/2/1",
    kind=ClauseKind.ITEM,
    document="d",
    title="某市若干政策",
    zone="某市试验区",
    number=Number("（一）", 1),
    path=("二、支持研发", "（一）研发补助"),
    marks=("二、", "（一）"),
    heading="研发补助",
    text="（一）研发补助\n给予最高100万元。",
    spans=(Span(0, 18),),
)


def test_a_short_clause_is_one_passage_with_its_headings_as_context() -> None:
    (passage,) = split_passages([_CLAUSE])
    assert (passage.clause, passage.text, passage.start) == ("d/2/1", _CLAUSE.text, 0)
    assert passage.context == "某市试验区\n某市若干政策\n二、支持研发"


def test_paragraph_units_give_none() -> None:
    assert split_passages([replace(_CLAUSE, kind=ClauseKind.PARAGRAPH)]) == []


def test_a_long_clause_is_cut_at_sentence_ends() -> None:
    text = "".join(f"支持第{i}类企业开展关键核心技术攻关，按实际投入给予补助。" for i in range(60))
    passages = split_passages([replace(_CLAUSE, text=text)])
    assert len(passages) > 2
    assert all(p.text.endswith("。") for p in passages)
    lengths = [len(p.text) for p in passages]
    assert max(lengths) <= LONGEST_PASSAGE and min(lengths) > max(lengths) / 3


def test_ids_are_stable_and_tell_changes_apart() -> None:
    first, again = split_passages([_CLAUSE]), split_passages([_CLAUSE])
    assert first == again
    changed = [
        replace(_CLAUSE, text=_CLAUSE.text + "。"),
        replace(_CLAUSE, id="d/2/2"),
        replace(_CLAUSE, title="另一市若干政策"),
    ]
    assert len({first[0].id, *(p.id for p in split_passages(changed))}) == 4
    assert all(0 <= p.id < 2**63 for p in split_passages(changed))


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="人工智能补助5万 。；，\n.A", max_size=2500))
def test_parts_are_verbatim_and_lose_nothing(text: str) -> None:
    passages = split_passages([replace(_CLAUSE, text=text)])
    end = 0
    for passage in passages:
        assert passage.text == text[passage.start : passage.start + len(passage.text)]
        assert passage.start >= end and not text[end : passage.start].strip()
        end = passage.start + len(passage.text)
    assert not text[end:].strip()
    assert len({p.id for p in passages}) == len(passages)
