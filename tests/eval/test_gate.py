from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from corpus.errors import PolicyQAError
from eval.gate import FLOORS, hold, load_floors
from eval.metrics import Metric, Table, tabulate
from eval.run import evaluate
from eval.sets import set_files


def table(**figures: float) -> Table:
    return {"all": {name.replace("_", " "): Metric(value, 0, 1, 9) for name, value in figures.items()}}


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("first_citation", 0.9, True),
        ("first_citation", 0.899, False),
        ("false_refusals", 0.1, True),
        ("false_refusals", 0.101, False),
    ],
)
def test_a_floor_is_kept_from_the_side_that_is_better(name: str, value: float, kept: bool) -> None:
    floors = {"all": {"first citation": 0.9} if name == "first_citation" else {"false refusals": 0.1}}
    (held,) = hold(table(**{name: value}), floors)
    assert held.kept is kept


def test_what_is_no_longer_measured_keeps_no_floor() -> None:
    (gone, absent) = hold(table(), {"all": {"R@5": 0.5}, "kind nothing": {"R@5": 0.5}})
    assert not gone.kept and not absent.kept


def test_floors_of_unknown_sets_and_measures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyQAError, match="'prod'"):
        load_floors("prod")
    path = tmp_path / "floors.toml"
    path.write_text('[dev.all]\n"first citaton" = 0.9\n', encoding="utf-8")
    with pytest.raises(PolicyQAError, match="first citaton"):
        load_floors("dev", path)


def test_the_development_set_keeps_its_floors(compendium_index: Path) -> None:
    run = evaluate(compendium_index, set_files("dev"), date(2022, 1, 31), counterfactual=False)
    held = list(hold(tabulate(run.scores), load_floors("dev", FLOORS)))
    assert held
    assert [(h.row, h.measure.name, h.metric, h.floor) for h in held if not h.kept] == []
