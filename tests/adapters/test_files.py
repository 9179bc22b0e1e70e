"""Files are replaced whole or not at all, and whoever had one has it afterwards."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from dpr.adapters import file_change, files, many_files
from dpr.core.errors import DprError, StorageError

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
as_root = pytest.mark.skipif(not ROOT, reason="only root can give a file away")
with_modes = pytest.mark.skipif(os.name != "posix", reason="no modes here")
SERVICE, OTHER, GROUP = 65534, 4321, 4322


def had(path: Path) -> tuple[int, int, int]:
    """Owner, group and mode."""
    found = path.stat()
    return found.st_uid, found.st_gid, found.st_mode & 0o7777


def mode_of(path: Path) -> int:
    return had(path)[2]


def full_disk() -> Any:
    return mock.patch("os.fsync", side_effect=OSError(28, "No space left on device"))


def not_permitted() -> Any:
    return mock.patch("os.fchown", side_effect=PermissionError(1, "Operation not permitted"))


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """A folder of the service's user."""
    folder = tmp_path / "service"
    folder.mkdir(mode=0o755)
    os.chown(folder, SERVICE, SERVICE)
    return folder


# --- whole or not at all --------------------------------------------------------------------------------------------------


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "list.cbor"
    files.replace(path, b"old")
    files.replace(path, b"new")
    assert path.read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["list.cbor"]
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x").write_bytes(b"")
    with pytest.raises(StorageError, match="file_not_written"):
        files.replace(tmp_path / "folder", b"new")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["folder", "list.cbor"]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "list.cbor"
    files.replace(path, b"old")
    with full_disk(), pytest.raises(StorageError, match="No space left"):
        files.replace(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["list.cbor"]


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(bytes(101))
    for path, code in (
        (tmp_path / "big", "file_too_large"),
        (tmp_path / "none", "file_missing"),
        (tmp_path, "file_unreadable"),
    ):
        with pytest.raises(DprError) as caught:
            files.read(path, limit=100)
        assert caught.value.code == code


@pytest.mark.parametrize(
    "write", [files.replace, lambda path, content: many_files.write_all(path.parent, {path.name: content})]
)
def test_a_file_in_the_place_of_a_folder_is_named(tmp_path: Path, write: Any) -> None:
    (tmp_path / "x").write_bytes(b"")
    with pytest.raises(StorageError, match="file_not_written"):
        write(tmp_path / "x" / "list.cbor", b"new")
    with pytest.raises(StorageError, match="file_not_written"), files.alone(tmp_path / "x" / ".lock"):
        pass


def test_what_is_written_and_its_folder_are_made_durable(tmp_path: Path) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append("folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file")  # noqa: PTH112
        real(descriptor)

    with mock.patch("os.fsync", fsync):
        files.replace(tmp_path / "a", b"x")
        assert synced == ["file", "folder"]
        many_files.write_all(tmp_path, {"b": b"x", "c": b"x"})
        assert synced[2:] == ["file", "file", "folder"]


def test_many_files_are_all_there_or_named(tmp_path: Path) -> None:
    many_files.write_all(tmp_path / "out", {"a": b"1", "b": b"2"})
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == {"a": b"1", "b": b"2"}
    with full_disk(), pytest.raises(StorageError, match="No space left"):
        many_files.write_all(tmp_path / "out", {"a": b"3", "c": b"4"})
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == {"a": b"1", "b": b"2"}


def test_threads_that_write_one_file_leave_one_of_their_contents(tmp_path: Path) -> None:
    path, contents = tmp_path / "x", [bytes([letter]) * 100_000 for letter in b"abcd"]
    failed: list[Exception] = []

    def write(content: bytes) -> None:
        try:
            for _ in range(10):
                files.replace(path, content)
                assert files.read(path, limit=200_000) in contents
        except Exception as error:
            failed.append(error)

    writers = [threading.Thread(target=write, args=(content,)) for content in contents]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert not failed and list(tmp_path.iterdir()) == [path]


# --- modes ----------------------------------------------------------------------------------------------------------------


@with_modes
def test_a_new_file_has_the_mode_asked_for_and_a_replaced_one_keeps_its_own(tmp_path: Path) -> None:
    usual, private = tmp_path / "usual", tmp_path / "private"
    files.replace(usual, b"1")
    files.replace(private, b"1", mode=0o600)
    assert mode_of(usual) & 0o600 == 0o600 and mode_of(usual) & ~0o644 == 0 and mode_of(private) == 0o600
    for mode in (0o600, 0o640, 0o644, 0o664, 0o400):
        usual.chmod(mode)
        files.replace(usual, b"2")
        files.replace(usual, b"3", mode=0o600)
        assert mode_of(usual) == mode
    usual.chmod(0o4755)
    files.replace(usual, b"4")
    assert mode_of(usual) == 0o755, "what is written anew runs as nobody else"


@with_modes
def test_a_mended_file_has_the_mode_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "x"
    files.replace(path, b"1")
    files.replace(path, b"2", mode=0o600, mend=True)
    assert mode_of(path) == 0o600


@with_modes
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o400])
@pytest.mark.parametrize("mend", [False, True])
def test_nobody_else_can_open_a_private_file_while_it_is_written(tmp_path: Path, mode: int, mend: bool) -> None:
    path, seen = tmp_path / "x", []
    files.replace(path, b"old", mode=0o600)
    path.chmod(mode)
    if ROOT:
        os.chown(path, SERVICE, GROUP)
    real_open, real_chmod, real_chown, real_sync = os.open, os.fchmod, os.fchown, os.fsync

    def look(descriptor: int) -> None:
        found = os.fstat(descriptor)
        if os.path.isfile(f"/proc/self/fd/{descriptor}"):  # noqa: PTH113
            seen.append((found.st_mode & 0o777, found.st_uid, found.st_gid, found.st_size))

    def looked(real: Any) -> Any:
        def call(descriptor: int, *more: Any) -> None:
            look(descriptor)
            real(descriptor, *more)
            look(descriptor)

        return call

    def opened(*arguments: Any) -> int:
        descriptor = real_open(*arguments)
        look(descriptor)
        return descriptor

    with mock.patch.multiple(os, open=opened, fchmod=looked(real_chmod), fchown=looked(real_chown), fsync=looked(real_sync)):
        files.replace(path, b"new", mode=0o600, mend=mend)
    last = (0o600 if mend else mode, *had(path)[:2])
    assert len(seen) > 2 and mode_of(path) == last[0]
    for found in seen:
        assert found[0] & 0o077 == 0 or found[:3] == last, "opened to a group only once it is the right one's"
        assert found[3] == 0 or found[:3] == last, "no byte is in it before it is the owner's"


# --- owners ---------------------------------------------------------------------------------------------------------------


@as_root
def test_what_root_makes_belongs_to_the_folders_owner(service: Path) -> None:
    files.replace(service / "x", b"", mode=0o600)
    files.replace(service / "a" / "b" / "x", b"")
    files.make_folder(service / "private" / "own", mode=0o700)
    with files.alone(service / "locks" / ".lock"):
        pass
    made = sorted(service.rglob("*"))
    assert len(made) == 8
    assert {had(path)[:2] for path in made} == {(SERVICE, SERVICE)}
    assert had(service / "x")[2] == 0o600
    assert had(service / "private" / "own")[2] == 0o700 and had(service / "private")[2] == had(service / "a")[2]


@as_root
def test_lists_that_root_brings_in_belong_to_the_folders_owner(service: Path) -> None:
    file_change.commit(service, {"trust-list.cbor": b"1", "status/a.cbor": b"2"})
    many_files.write_all(service / "credentials", {"p.cbor": b"3"})
    made = ("trust-list.cbor", "status", "status/a.cbor", "credentials", "credentials/p.cbor")
    assert {had(service / name)[:2] for name in made} == {(SERVICE, SERVICE)}


@as_root
@pytest.mark.parametrize("owner", [(OTHER, GROUP, 0o640), (0, GROUP, 0o640), (0, 0, 0o600)])
def test_a_replaced_file_keeps_its_owner_and_group(service: Path, owner: tuple[int, int, int]) -> None:
    path = service / "x"
    path.write_bytes(b"old")
    os.chown(path, *owner[:2])
    path.chmod(owner[2])
    files.replace(path, b"new", mode=0o644)
    assert had(path) == owner and path.read_bytes() == b"new"


@as_root
def test_what_root_has_in_the_folder_of_another_is_mended(service: Path) -> None:
    roots, others, lock = service / "roots", service / "others", service / ".lock"
    for path in (roots, others, lock):
        path.write_bytes(b"")
    os.chown(others, OTHER, GROUP)
    for path in (roots, others):
        files.replace(path, b"", mode=0o600, mend=True)
    with files.alone(lock):
        pass
    assert had(roots) == (SERVICE, SERVICE, 0o600) and had(others) == (OTHER, GROUP, 0o600)
    assert had(lock)[:2] == (SERVICE, SERVICE)
    os.chown(lock, OTHER, GROUP)
    with files.alone(lock):
        pass
    assert had(lock)[:2] == (OTHER, GROUP)


@as_root
def test_root_is_not_led_by_a_link_to_give_away_or_write_another_file(service: Path, tmp_path: Path) -> None:
    roots = tmp_path / "roots"
    roots.write_bytes(b"root's own")
    (service / ".lock").symlink_to(roots)
    with pytest.raises(StorageError, match="file_not_written"), files.alone(service / ".lock"):
        pass
    (service / ".second").hardlink_to(roots)
    with files.alone(service / ".second"):
        pass
    beside = service / f".x.{threading.get_native_id()}.new"
    beside.symlink_to(roots)
    files.replace(service / "x", b"new")
    assert had(roots)[:2] == (0, 0) and roots.read_bytes() == b"root's own"
    assert had(service / "x")[0] == SERVICE and not beside.is_symlink()
    beside.symlink_to(roots)  # put back at the last moment
    with mock.patch.object(Path, "unlink"), pytest.raises(StorageError, match="file_not_written"):
        files.replace(service / "x", b"new")
    assert roots.read_bytes() == b"root's own"


@as_root
def test_a_file_that_cannot_be_given_back_stays_as_it_was(service: Path) -> None:
    path = service / "x"
    path.write_bytes(b"old")
    os.chown(path, OTHER, GROUP)
    with not_permitted(), pytest.raises(StorageError, match="file_not_written"):
        files.replace(path, b"new")
    assert path.read_bytes() == b"old" and list(service.iterdir()) == [path]


@as_root
def test_who_is_not_root_keeps_the_group_and_owns_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    os.chown(path, OTHER, GROUP)
    path.chmod(0o660)
    with mock.patch("os.geteuid", return_value=SERVICE):
        files.replace(path, b"new")
    assert had(path) == (0, GROUP, 0o660)


@as_root
@pytest.mark.parametrize(("mode", "left"), [(0o660, 0o600), (0o664, 0o644), (0o640, 0o600), (0o644, 0o644)])
def test_a_group_that_the_writer_is_not_in_gives_no_other_group_its_rights(tmp_path: Path, mode: int, left: int) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    os.chown(path, 0, GROUP)
    path.chmod(mode)
    with mock.patch("os.geteuid", return_value=SERVICE), not_permitted() as asked:
        files.replace(path, b"new")
    assert asked.call_args.args[1:] == (-1, GROUP) and had(path) == (0, 0, left)


# --- one at a time ---------------------------------------------------------------------------------------------------------


def test_a_lock_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    lock, second = tmp_path / "folder" / ".lock", threading.Event()

    def take() -> None:
        with files.alone(lock):
            second.set()

    with files.alone(lock):
        waiting = threading.Thread(target=take)
        waiting.start()
        assert not second.wait(0.2)
    assert second.wait(10)
    waiting.join()
