"""Links that bring quantities together or take parts of them: sums, branches side by side, columns, categories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from glassnet.lab.expressions import Expression, Name, call, plus
from glassnet.lab.functions import ZERO
from glassnet.lab.links.link import Index, Link, Reached, Shapes


@dataclass(frozen=True)
class Added(Link):
    """H = F + A: a block's output and what stands beside it."""

    kind: ClassVar[str] = "added"
    beside: str = ""

    @property
    def sources(self) -> tuple[str, ...]:
        return self.source, self.beside

    def entry(self, n: int, o: int, shapes: Shapes) -> Expression:
        return plus(Name(self.source, (n, o)), Name(self.beside, (n, o)))

    def back(self, source: str, n: int, i: int) -> Expression:
        return plus(*[self.d(n, i)] * self.sources.count(source))

    def whole(self, shapes: Shapes) -> Expression:
        return plus(Name(self.source), Name(self.beside))

    def whole_back(self, source: str) -> Expression:
        return plus(*[self.delta] * self.sources.count(source))


@dataclass(frozen=True)
class Joined(Link):
    """H = [F1, F2, ...]: branches side by side; `parts` are (quantity, columns) in order."""

    kind: ClassVar[str] = "joined"
    parts: tuple[tuple[str, int], ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for name, _ in self.parts))

    def _starts(self, source: str) -> list[int]:
        """The columns at which a branch's output begins: several where two branches hand the input on."""
        starts = np.cumsum([0, *(width for _, width in self.parts)]).tolist()
        return [start for start, (name, _) in zip(starts, self.parts, strict=False) if name == source]

    def entry(self, n: int, o: int, shapes: Shapes) -> Expression:
        for name, width in self.parts:
            if o < width:
                return Name(name, (n, o))
            o -= width
        raise AssertionError("a column beyond the last branch")

    def back(self, source: str, n: int, i: int) -> Expression:
        return plus(*(self.d(n, start + i) for start in self._starts(source)))

    def reaches(self, quantity: str, index: Index) -> Reached:
        return index[0], self._starts(quantity)[0] + index[1]

    def functions(self) -> dict[str, Callable[..., Any]]:
        return {"beside": lambda *parts: np.concatenate(parts, axis=1), **{
            f"part of {name} in": self._part(name) for name in self.sources
        }}  # fmt: skip

    def _part(self, source: str) -> Callable[..., Any]:
        width = dict(self.parts)[source]
        return lambda d: sum(d[:, start : start + width] for start in self._starts(source))

    def whole(self, shapes: Shapes) -> Expression:
        return call("beside", *(Name(name) for name, _ in self.parts))

    def whole_back(self, source: str) -> Expression:
        return call(f"part of {source} in", self.delta)


@dataclass(frozen=True)
class Chosen(Link):
    """H = some columns of A."""

    kind: ClassVar[str] = "columns"

    @property
    def _columns(self) -> tuple[int, ...]:
        return tuple(self.function.columns)

    def entry(self, n: int, o: int, shapes: Shapes) -> Expression:
        return Name(self.source, (n, self._columns[o]))

    def back(self, source: str, n: int, i: int) -> Expression | None:
        return self.d(n, self._columns.index(i)) if i in self._columns else None

    def reaches(self, quantity: str, index: Index) -> Reached | None:
        return (index[0], self._columns.index(index[1])) if index[1] in self._columns else None

    def _spread(self, d: Any) -> Any:
        spread = np.zeros((len(d), self.inputs))
        spread[:, self._columns] = d
        return spread

    def functions(self) -> dict[str, Callable[..., Any]]:
        return {self._taken: lambda a: a[:, self._columns], self._put: self._spread}

    @property
    def _taken(self) -> str:
        return f"columns {', '.join(map(str, self._columns))} of"

    @property
    def _put(self) -> str:
        return f"in the columns {', '.join(map(str, self._columns))}"

    def whole(self, shapes: Shapes) -> Expression:
        return call(self._taken, Name(self.source))

    def whole_back(self, source: str) -> Expression:
        return call(self._put, self.delta)


@dataclass(frozen=True)
class Embedded(Link):
    """H = [the columns without categories, the row of E of each category]; `codes` (B, columns) are the rows of E."""

    kind: ClassVar[str] = "embedding"
    codes: Any = None
    others: tuple[int, ...] = ()

    def weights(self) -> tuple[str, ...]:
        return (f"E{self.k}",)

    def _place(self, o: int) -> tuple[int, int]:
        """Which column of categories an output belongs to, and which number of its row it is."""
        return divmod(o - len(self.others), int(self.function.dim))

    def entry(self, n: int, o: int, shapes: Shapes) -> Expression:
        if o < len(self.others):
            return Name(self.source, (n, self.others[o]))
        column, j = self._place(o)
        return Name(f"E{self.k}", (int(self.codes[n, column]), j))

    def back(self, source: str, n: int, i: int) -> Expression | None:
        return self.d(n, self.others.index(i)) if i in self.others else None

    def gradient(self, weight: str, index: Index) -> Expression:
        """The sum of the deltas where this category stood; 0 where it stood nowhere."""
        code, j = index
        terms = [self.d(int(n), self._output(int(c), j)) for n, c in np.argwhere(self.codes == code)]
        return plus(*terms) if terms else ZERO

    def _output(self, column: int, j: int) -> int:
        return len(self.others) + column * int(self.function.dim) + j

    def reaches(self, quantity: str, index: Index) -> Reached | None:
        if quantity not in self.weights():
            return (index[0], self.others.index(index[1])) if index[1] in self.others else None
        found = np.argwhere(self.codes == index[0])
        return (int(found[0][0]), self._output(int(found[0][1]), index[1])) if len(found) else None

    # ---- arrays ----------------------------------------------------------------------------------------------------

    def functions(self) -> dict[str, Callable[..., Any]]:
        return {"rows of E": self._looked_up, "without E": self._handed_back, "added by category": self._added}

    def _looked_up(self, a: Any, E: Any) -> Any:
        return np.concatenate([a[:, self.others], E[self.codes].reshape(len(a), -1)], axis=1)

    def _handed_back(self, d: Any) -> Any:
        spread = np.zeros((len(d), self.inputs))
        spread[:, self.others] = d[:, : len(self.others)]
        return spread

    def _added(self, d: Any, E: Any) -> Any:
        total = np.zeros(np.shape(E))
        np.add.at(total, self.codes.reshape(-1), d[:, len(self.others) :].reshape(-1, self.function.dim))
        return total

    def whole(self, shapes: Shapes) -> Expression:
        return call("rows of E", Name(self.source), Name(f"E{self.k}"))

    def whole_back(self, source: str) -> Expression:
        return call("without E", self.delta)

    def whole_gradient(self, weight: str) -> Expression:
        return call("added by category", self.delta, Name(weight))
