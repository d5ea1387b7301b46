"""What a model remembers of its data beside its weights, so that another table is read as the first one was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from glassnet.data import Dataset
from glassnet.data.csv import Column
from glassnet.data.sources import NAMED
from glassnet.errors import DataError


@dataclass(frozen=True)
class Notes:
    """`data` is the name that is shown, `source` the name it is found by (digits, mnist), if it has one."""

    data: str | None = None
    source: str | None = None
    target: str | None = None
    columns: tuple[Column, ...] | None = None

    @classmethod
    def read(cls, about: Mapping[str, Any]) -> Notes:
        """The notes of a model, which may come from anybody.

        Raises: DataError for what `written` cannot have written.
        """
        texts = {name: about.get(name) for name in ("data", "source", "target")}
        columns = about.get("columns")
        if not all(text is None or isinstance(text, str) for text in texts.values()):
            raise DataError("The model's notes on its data are no words.")
        if texts["source"] is not None and texts["source"] not in NAMED:
            raise DataError(f"The model's notes name a source that does not exist: {ascii(texts['source'])[:40]}.")
        return cls(**texts, columns=None if columns is None else _columns(columns))


def written(source: Dataset, name: str) -> dict[str, Any]:
    """The notes on data that were opened by this name, as plain values; shape and features are for the report."""
    columns = source.columns and [
        {"name": c.name, "categories": c.categories and list(c.categories), "pixels": c.pixels} for c in source.columns
    ]
    return {
        "data": source.name,
        "source": name if name in NAMED else None,
        "target": source.target,
        "columns": columns,
        "image_shape": source.image_shape and list(source.image_shape),
        "features": source.feature_names and list(source.feature_names),
    }


def _columns(noted: Any) -> tuple[Column, ...]:
    if isinstance(noted, list) and noted and all(map(_is_column, noted)):
        return tuple(Column(c["name"], c["categories"] and tuple(c["categories"]), c["pixels"]) for c in noted)
    raise DataError("The model's notes on the columns of its table cannot be used.")


def _is_column(noted: Any) -> bool:
    if not isinstance(noted, dict) or noted.keys() != {"name", "categories", "pixels"}:
        return False
    words = noted["categories"]
    listed = words is None or (isinstance(words, list) and words and all(isinstance(word, str) for word in words))
    return isinstance(noted["name"], str) and isinstance(noted["pixels"], bool) and bool(listed)
