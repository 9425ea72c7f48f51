"""The floors that the committed product must keep: ``floors.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import PolicyQAError
from eval.measures import BY_NAME, Measure
from eval.metrics import Metric, Table

FLOORS = Path(__file__).parent / "floors.toml"

Floors = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Held:
    """One figure against its floor; a ceiling, where less is better.

    Attributes:
        row: the questions it is over, such as ``zh``.
        measure: the measure.
        floor: what was committed.
        metric: what was measured; None where the measure applied to nothing.
    """

    row: str
    measure: Measure
    floor: float
    metric: Metric | None

    @property
    def kept(self) -> bool:
        """Whether the figure is as good as its floor."""
        if self.metric is None:
            return False
        gap = self.metric.value - self.floor
        return gap <= 0 if self.measure.lower_is_better else gap >= 0


def load_floors(set_name: str, path: Path | None = None) -> Floors:
    """The floors of a question set: row name to measure name to figure.

    Raises:
        PolicyQAError: there are none for the set, or one is of no measure.
    """
    path = path or FLOORS
    floors: dict[str, Floors] = tomllib.loads(path.read_text("utf-8"))
    if set_name not in floors:
        raise PolicyQAError(f"no floors for the set {set_name!r}: {path.name} has {', '.join(floors)}")
    names = {name for row in floors[set_name].values() for name in row}
    if unknown := names - BY_NAME.keys():
        raise PolicyQAError(f"{path.name} has floors of no measure: {', '.join(sorted(unknown))}")
    return floors[set_name]


def hold(table: Table, floors: Floors) -> Iterator[Held]:
    """Each floor with what was measured."""
    for row, figures in floors.items():
        for name, floor in figures.items():
            yield Held(row, BY_NAME[name], floor, table.get(row, {}).get(name))
