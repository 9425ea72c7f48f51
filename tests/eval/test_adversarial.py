"""No false statement of a language model is shown as verified; most true ones in the clause's words are."""

import pytest

from eval.bench.adversarial import EACH, measure
from eval.bench.falsify import FAMILIES, PARAPHRASES, han_numeral


@pytest.fixture(scope="module")
def tallies(compendium_index):
    return measure(compendium_index)


def test_a_thousand_false_statements(tallies):
    false = {family: tallies[family] for family in FAMILIES}
    assert len(false) == 10 and all(tally.total == EACH == 100 for tally in false.values())
    assert [text for tally in false.values() for text in tally.missed] == []
    assert sum(tally.false_verified for tally in false.values()) == 0


def test_each_family_is_kept_back_by_the_part_that_knows_it(tallies):
    assert tallies["invented id"].parts["id"] == 100
    assert tallies["unit changed"].parts["figures"] > 90
    assert tallies["date shifted"].parts["figures"] > 90
    assert tallies["title or article"].parts["title or article"] > 70
    assert tallies["amount swapped"].parts["role"] > 60
    assert tallies["wrong city"].parts["place"] + tallies["wrong city"].parts["overlap"] > 90


def test_the_check_is_not_so_strict_that_nothing_passes(tallies):
    told = {way: tallies[f"true: {way}"] for way in PARAPHRASES}
    share = {way: tally.outcomes["verified"] / tally.total for way, tally in told.items()}
    assert share["verbatim"] == 1
    assert all(share[way] > 0.9 for way in ("notation", "same words", "framed", "grammar"))
    # Not wrong, but nobody can tell by the words; of what was only cut short the whole sentence is shown.
    assert told["reordered"].outcomes["unverified"] > 60 and told["shortened"].outcomes["replaced"] > 90
    assert not told["reordered"].outcomes["verified"] and not told["shortened"].outcomes["verified"]


@pytest.mark.parametrize(
    ("value", "told"), [(50, "五十"), (15, "十五"), (105, "一百零五"), (2000, "二千"), (0, "零")]
)
def test_chinese_numerals(value, told):
    assert han_numeral(value) == told
