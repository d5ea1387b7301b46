"""Data: by name or from files, checked, as rows that a network can be trained on."""

from glassnet.data.dataset import Dataset, digest_of
from glassnet.data.encoding import classes_of, from_categorical, to_categorical
from glassnet.data.sources import load, open_part, open_source

__all__ = [
    "Dataset",
    "classes_of",
    "digest_of",
    "from_categorical",
    "load",
    "open_part",
    "open_source",
    "to_categorical",
]
