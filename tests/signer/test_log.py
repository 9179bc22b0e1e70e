"""The log of what was signed: durable, chained, and honest about what was removed, altered, torn or could not be written."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dpr.apps.signer.log import SigningLog
from dpr.apps.signer.log_lines import check, files_in
from dpr.core.errors import DprError, SetupError, StorageError
from tests.world import NOW

WHEN = datetime.fromtimestamp(NOW, UTC)


def opened(folder: Path, **options: Any) -> SigningLog:
    return SigningLog.open(folder / "log", WHEN, **options)


def written(folder: Path, count: int = 5, **options: Any) -> SigningLog:
    """A log with its first line and `count` signatures."""
    log = opened(folder, **options)
    for number in range(count):
        log.append("signed", WHEN, prescription=f"{number:032x}")
    return log


def file_of(folder: Path) -> Path:
    return next((folder / "log").glob("*.jsonl"))


def broken(folder: Path, **options: Any) -> StorageError:
    with pytest.raises(StorageError) as caught:
        check(folder / "log", **options)
    assert caught.value.code == "signer_log_broken"
    return caught.value


def test_every_line_is_there_after_a_restart(tmp_path: Path) -> None:
    head = written(tmp_path).head
    found = check(tmp_path / "log")
    assert (found.first, found.head, found.signed) == (1, head, 5)


def test_a_log_goes_on_where_it_ended(tmp_path: Path) -> None:
    written(tmp_path).close()
    log = written(tmp_path)
    assert check(tmp_path / "log").head == log.head and log.head.sequence == 12


def test_a_removed_line_is_found(tmp_path: Path) -> None:
    written(tmp_path)
    path = file_of(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    for gone in range(len(lines) - 1):
        path.write_bytes(b"".join(lines[:gone] + lines[gone + 1 :]))
        assert ("after line" if gone else "its first line") in broken(tmp_path).detail


def test_an_altered_line_is_found(tmp_path: Path) -> None:
    written(tmp_path)
    path = file_of(tmp_path)
    whole = path.read_bytes()
    for at in range(0, len(whole) - 200, 7):  # in any line but the last
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        broken(tmp_path)


def test_lines_that_change_places_are_found(tmp_path: Path) -> None:
    written(tmp_path)
    path = file_of(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], lines[2], lines[1], *lines[3:]]))
    broken(tmp_path)


def test_a_first_line_of_ours_begins_the_chain(tmp_path: Path) -> None:
    written(tmp_path)
    path = file_of(tmp_path)
    path.write_bytes(path.read_bytes().replace(b'"before":"0', b'"before":"1', 1))
    broken(tmp_path)


def test_lines_cut_off_at_the_end_are_found_by_a_line_noted_before(tmp_path: Path) -> None:
    log = written(tmp_path)
    noted, path = log.head, file_of(tmp_path)
    log.append("signed", WHEN)
    assert check(tmp_path / "log", expected=(noted.sequence, noted.digest[:16])).signed == 6
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:4]))
    assert check(tmp_path / "log").signed == 3
    assert str(noted.sequence) in broken(tmp_path, expected=noted).detail


def test_an_empty_folder_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(SetupError) as caught:
        check(tmp_path)
    assert caught.value.code == "signer_log_missing"


def test_a_torn_line_is_cut_off_and_told(tmp_path: Path) -> None:
    written(tmp_path).close()
    path = file_of(tmp_path)
    whole = path.read_bytes()
    begin = whole.rstrip(b"\n").rfind(b"\n") + 1
    for end in range(begin + 1, len(whole), 20):
        path.write_bytes(whole[:end])
        broken(tmp_path)
        log = opened(tmp_path)
        log.close()
        assert check(tmp_path / "log").head.sequence == 6
        assert f'"torn_bytes":{end - begin}'.encode() in path.read_bytes().splitlines()[-1]


def test_a_log_that_is_altered_at_its_end_is_not_gone_on_with(tmp_path: Path) -> None:
    written(tmp_path).close()
    path = file_of(tmp_path)
    path.write_bytes(path.read_bytes()[:-20] + b"x" * 19 + b"\n")
    with pytest.raises(StorageError) as caught:
        opened(tmp_path)
    assert caught.value.code == "signer_log_broken"


def test_two_services_do_not_share_a_log(tmp_path: Path) -> None:
    log = written(tmp_path)
    with pytest.raises(SetupError) as caught:
        opened(tmp_path)
    assert caught.value.code == "signer_running"
    log.close()
    opened(tmp_path).close()


def test_files_follow_on_each_other(tmp_path: Path) -> None:
    log = written(tmp_path, 40, file_bytes=2000)
    files = sorted((tmp_path / "log").glob("*.jsonl"))
    assert len(files) > 3 and check(tmp_path / "log").signed == 40
    log.close()
    files[0].unlink()
    assert check(tmp_path / "log").first == int(files[1].stem.partition("-")[2])
    files[2].unlink()
    broken(tmp_path)
    again = opened(tmp_path, file_bytes=2000)
    assert again.head.sequence == 42


def test_a_restart_right_after_a_new_file_was_begun_keeps_the_chain(tmp_path: Path) -> None:
    log = written(tmp_path)
    log.close()
    (tmp_path / "log" / f"signed-{log.head.sequence + 1:012d}.jsonl").touch()
    again = opened(tmp_path)
    assert again.head.sequence == 7 and check(tmp_path / "log").head == again.head


def test_many_threads_write_one_chain(tmp_path: Path) -> None:
    log = opened(tmp_path)
    with ThreadPoolExecutor(16) as pool:
        heads = list(pool.map(lambda number: log.append("signed", WHEN, number=number), range(400)))
    assert len({head.sequence for head in heads}) == 400
    assert check(tmp_path / "log").signed == 400


def test_nothing_is_said_to_be_written_before_it_is_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = opened(tmp_path)
    synced: list[int] = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (real(file), synced.append(log.head.sequence))[0])
    for _ in range(3):
        head = log.append("signed", WHEN)
        assert synced[-1] >= head.sequence


def test_a_full_disk_leaves_no_half_line_and_goes_on_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = written(tmp_path)
    before, real = file_of(tmp_path).read_bytes(), os.write
    monkeypatch.setattr(os, "write", lambda file, line: real(file, line[:30]))
    with pytest.raises(StorageError) as caught:
        log.append("signed", WHEN)
    assert caught.value.code == "signer_log_failed"
    assert file_of(tmp_path).read_bytes() == before
    monkeypatch.setattr(os, "write", real)
    log.append("signed", WHEN)
    assert check(tmp_path / "log").signed == 6


def test_after_a_failed_fsync_nothing_is_written_until_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = written(tmp_path)

    def fails(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    real = os.fsync
    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(StorageError):
        log.append("signed", WHEN)
    monkeypatch.setattr(os, "fsync", real)
    for act in (lambda: log.append("signed", WHEN), log.require_room):
        with pytest.raises(StorageError) as caught:
            act()
        assert caught.value.code == "signer_log_failed"
    log.close()
    again = opened(tmp_path)
    again.append("signed", WHEN)
    check(tmp_path / "log")


@pytest.mark.parametrize("content", [b"", b"\n", b"{}\n", b"[]\n", b"\xff\n", b"[" * 5000 + b"\n", b"null\n", b"x" * 10_000])
def test_any_file_in_its_place_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "signed-000000000001.jsonl").write_bytes(content)
    with pytest.raises(DprError) as caught:
        check(tmp_path)
    assert caught.value.code in ("signer_log_broken", "signer_log_missing")


def test_a_log_that_begins_late_says_so_and_what_was_cut_off_in_front_is_found(tmp_path: Path) -> None:
    log = written(tmp_path, 20, file_bytes=1000)
    archived, kept = (found := files_in(tmp_path / "log"))[0], found[1]
    begin = int(kept.stem.partition("-")[2])
    archived.unlink()
    assert check(tmp_path / "log").first == check(tmp_path / "log", begin=begin).first == begin
    assert "begins with line" in broken(tmp_path, begin=begin + 1).detail
    lines = kept.read_bytes().splitlines(keepends=True)
    kept.write_bytes(b"".join(lines[1:]))
    assert "its first line" in broken(tmp_path, expected=log.head).detail
    log.close()


@pytest.mark.parametrize("how", ["removed", "renamed", "copied and emptied", "replaced"])
def test_a_file_that_is_moved_away_under_the_service_stops_it(tmp_path: Path, how: str) -> None:
    log = written(tmp_path)
    path, beside = file_of(tmp_path), tmp_path / "beside"
    if how == "copied and emptied":
        os.truncate(path, 0)
    elif how == "replaced":
        beside.write_bytes(path.read_bytes())
        beside.replace(path)
    else:
        path.rename(beside) if how == "renamed" else path.unlink()
    for action in (log.require_room, lambda: log.append("signed", WHEN)):
        with pytest.raises(StorageError) as caught:
            action()
        assert caught.value.code == "signer_log_moved"


def test_a_log_that_is_gone_does_not_begin_anew_by_itself(tmp_path: Path) -> None:
    written(tmp_path).close()
    path = file_of(tmp_path)
    path.rename(tmp_path / "away")
    with pytest.raises(StorageError) as caught:
        opened(tmp_path)
    assert caught.value.code == "signer_log_moved"
    (tmp_path / "away").rename(path)
    assert opened(tmp_path).head.sequence == 7
