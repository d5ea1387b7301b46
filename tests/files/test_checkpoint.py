"""Checkpoints come back with every bit, and forged ones are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glassnet.data.reader import ByteReader
from glassnet.errors import DataError
from glassnet.files import tensors
from glassnet.files.checkpoint import (
    Checkpoint,
    Place,
    Rest,
    digest_of_numbers,
    pack,
    pack_rest,
    parse,
    parse_rest,
)

PLACE = Place(step=7, epoch=2, steps=3, loss_sum=0.1, weight=24.0, seconds=0.5, rate=0.02, entries=9)
NUMBERS = {
    "values": np.array([1.5, -0.0, np.nan], np.float32),
    "moments": {"m": np.ones(3, np.float32), "v": np.zeros(3, np.float32)},
    "scalars": {"beta1_power": 0.9**7},
    "step": 7,
}


def joined(pieces: Any) -> bytes:
    return b"".join(bytes(piece) for piece in pieces)


def test_a_checkpoint_comes_back_with_every_bit() -> None:
    back = parse(ByteReader.over(joined(pack(Checkpoint(PLACE, NUMBERS)))))
    assert back.place == PLACE
    assert back.digest == digest_of_numbers(NUMBERS)
    assert back.numbers["values"].tobytes() == NUMBERS["values"].tobytes()  # type: ignore[attr-defined]
    assert back.numbers["scalars"] == NUMBERS["scalars"]


@pytest.mark.parametrize("part", ["values", "moments", "scalars", "step"])
def test_the_digest_sees_every_part(part: str) -> None:
    changed: Any = {
        "values": np.array([1.5, 0.0, np.nan], np.float32),  # another zero
        "moments": {"v": np.ones(3, np.float32), "m": np.zeros(3, np.float32)},
        "scalars": {"beta1_power": np.nextafter(0.9**7, 1)},
        "step": 8,
    }
    assert digest_of_numbers(NUMBERS) != digest_of_numbers(NUMBERS | {part: changed[part]})


def test_what_callbacks_remember_comes_back() -> None:
    states = ({"best": float("inf"), "best_epoch": 3, "best_values": np.arange(3.0)}, {}, {"name": "none", "on": True})
    back = parse_rest(ByteReader.over(joined(pack_rest(Rest(np.ones((2, 2)), states)))))
    assert back.outputs is not None
    assert back.outputs.tolist() == [[1, 1], [1, 1]]
    assert back.callbacks[0]["best_values"].tolist() == [0, 1, 2]
    assert back.callbacks[0]["best"] == float("inf")
    assert back.callbacks[1:] == states[1:]


@pytest.mark.parametrize(
    ("arrays", "texts"),
    [
        ({}, {}),
        ({"values": np.ones(3, np.float32)}, {"format": "glassnet checkpoint 2"}),
        ({"values": np.ones((3, 1), np.float32)}, {}),
        ({"values": np.ones(3, np.int64)}, {}),
        ({"values": np.ones(3, np.float32), "moments.m": np.ones(4, np.float32)}, {}),
        ({"values": np.ones(3, np.float32)}, {"place": "{}"}),
        ({"values": np.ones(3, np.float32)}, {"place": '{"step": -1}'}),
        ({"values": np.ones(3, np.float32)}, {"scalars": '{"beta1_power": "one"}'}),
        ({"values": np.ones(3, np.float32)}, {"digest": "0" * 32}),
    ],
)
def test_forged_checkpoints_are_one_sentence(arrays: dict[str, Any], texts: dict[str, str]) -> None:
    right = tensors.Contents(ByteReader.over(joined(pack(Checkpoint(PLACE, NUMBERS)))), "checkpoint").texts
    with pytest.raises(DataError) as caught:
        parse(ByteReader.over(joined(tensors.pack(arrays, right | texts)), "file"))
    assert str(caught.value).startswith("file")


def outcome(parser: Any, data: bytes) -> str:
    try:
        parser(ByteReader.over(data, "file"))
    except DataError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("which", ["checkpoint", "rest"])
def test_every_flipped_byte_gives_a_sentence_or_a_checkpoint(which: str) -> None:
    rest = Rest(np.ones((2, 2)), ({"best": 1.0, "best_values": np.arange(3.0)},))
    data = joined(pack(Checkpoint(PLACE, NUMBERS)) if which == "checkpoint" else pack_rest(rest))
    parser = parse if which == "checkpoint" else parse_rest
    outcomes = {outcome(parser, data[:n] + bytes([data[n] ^ 0x11]) + data[n + 1 :]) for n in range(len(data))}
    assert all(sentence == "" or sentence.startswith("file") for sentence in outcomes)
    assert len(outcomes) > 10
