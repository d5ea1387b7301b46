"""Files replaced whole: a disk that fails at any of its calls leaves the old file or the new one."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glassnet.errors import ExistsError, SettingError, StorageError
from glassnet.files import atomic
from glassnet.files.atomic import create_folder, refuse_existing, remove_temporaries, replace_file


class FailingDisk:
    """The `os` module whose N-th call to the disk fails; `calls` counts them."""

    DISK = ("open", "write", "fsync", "replace", "rename", "close")

    def __init__(self, fail_at: int | None, error: int = errno.ENOSPC) -> None:
        self.fail_at, self.error, self.calls = fail_at, error, 0

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in self.DISK:
            return real

        def call(*arguments: Any, **keywords: Any) -> Any:
            self.calls += 1
            if self.calls == self.fail_at:
                if name == "close":
                    real(*arguments, **keywords)  # the system lets go of the file even where it reports an error
                raise OSError(self.error, os.strerror(self.error))
            return real(*arguments, **keywords)

        return call


def count_calls(monkeypatch: pytest.MonkeyPatch, work: Callable[[], None]) -> int:
    disk = FailingDisk(None)
    monkeypatch.setattr(atomic, "os", disk)
    work()
    return disk.calls


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_made_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "file"
    replace_file(path, [b"old"])
    replace_file(path, [b"new ", np.arange(3, dtype=np.uint8)])
    assert path.read_bytes() == b"new \0\1\2"
    assert visible(tmp_path) == ["file"]


def test_a_replaced_file_obeys_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        replace_file(tmp_path / "file", [b""])
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640


def test_whatever_call_fails_the_file_is_the_old_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    total = count_calls(monkeypatch, lambda: replace_file(path, [b"old", b"!"]))
    assert total >= 7  # open, two writes, fsync, close, replace, and the folder's open, fsync, close
    for n in range(1, total + 1):
        for error in (errno.ENOSPC, errno.EIO, errno.EROFS, errno.ENOENT):
            monkeypatch.setattr(atomic, "os", os)
            replace_file(path, [b"old"])
            monkeypatch.setattr(atomic, "os", FailingDisk(n, error))
            with pytest.raises(StorageError, match="could not be written"):
                replace_file(path, [b"new", b"!"])
            assert path.read_bytes() in (b"old", b"new!")
            assert visible(tmp_path) == ["file"]


def test_a_disk_that_takes_a_byte_at_a_time_gets_them_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:1]))
    replace_file(tmp_path / "file", [b"a long text"])
    assert (tmp_path / "file").read_bytes() == b"a long text"


def test_a_disk_that_takes_nothing_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", lambda descriptor, data: 0)
    with pytest.raises(StorageError, match="the disk is full"):
        replace_file(tmp_path / "file", [b"text"])
    assert visible(tmp_path) == []


def test_a_kill_between_writing_and_renaming_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    replace_file(tmp_path / "file", [b"old"])
    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        replace_file(tmp_path / "file", [b"new"])
    assert (tmp_path / "file").read_bytes() == b"old"


@pytest.mark.parametrize(
    ("name", "error", "sentence"),
    [
        ("gone/file", StorageError, "its folder does not exist"),
        (".", SettingError, "is a folder"),
        ("a\0b", SettingError, "cannot be a file's name"),
        ("x" * 300, StorageError, "could not be written"),
    ],
)
def test_paths_that_cannot_be_written_are_one_sentence(
    tmp_path: Path, name: str, error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        replace_file(tmp_path / name, [b"x"])


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (errno.EACCES, "no permission"),
        (errno.EROFS, "no permission"),
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk is full"),
        (errno.ENOENT, "does not exist"),
        (errno.EIO, "[Ii]nput/output error"),
    ],
)
def test_what_a_disk_says_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int, sentence: str
) -> None:
    monkeypatch.setattr(atomic, "os", FailingDisk(1, error))
    with pytest.raises(StorageError, match=sentence):
        replace_file(tmp_path / "file", [b"x"])


def test_a_folder_appears_with_its_files(tmp_path: Path) -> None:
    create_folder(tmp_path / "runs" / "1", {"card": [b"{}"], "checkpoints/0": [b"zero"]})
    assert (tmp_path / "runs" / "1" / "checkpoints" / "0").read_bytes() == b"zero"
    assert visible(tmp_path / "runs") == ["1"]


@pytest.mark.parametrize("existing", ["folder", "file", "link"])
def test_what_exists_is_refused_and_kept(tmp_path: Path, existing: str) -> None:
    path = tmp_path / "out"
    {"folder": path.mkdir, "file": path.touch, "link": lambda: path.symlink_to("nowhere")}[existing]()
    with pytest.raises(ExistsError, match="exists already"):
        create_folder(path, {"card": [b""]})
    assert visible(tmp_path) == ["out"]
    with pytest.raises(ExistsError):
        refuse_existing(path)


def test_whatever_call_fails_a_folder_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"card": [b"{}"], "checkpoints/0": [b"zero"]}
    total = count_calls(monkeypatch, lambda: create_folder(tmp_path / "counted", files))
    for n in range(1, total + 1):
        out = tmp_path / str(n) / "run"
        out.parent.mkdir()
        monkeypatch.setattr(atomic, "os", FailingDisk(n))
        with pytest.raises(StorageError):
            create_folder(out, files)
        assert visible(out.parent) in ([], ["run"])
        if out.exists():
            assert (out / "card").read_bytes() == b"{}"
            assert (out / "checkpoints" / "0").read_bytes() == b"zero"


def test_temporaries_are_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in (".model.ab12.tmp", "notes.tmp", ".hidden", "model"):
        (tmp_path / name).touch()
    remove_temporaries(tmp_path)
    assert visible(tmp_path) == [".hidden", "model", "notes.tmp"]
