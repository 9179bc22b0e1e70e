"""An issuer's record: damage is named, an index belongs to one credential for ever, also to two processes and after a crash."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

from dpr.apps import issuer_records
from dpr.apps.issuer_bulk import issue_all
from dpr.apps.issuer_entries import FIRST_ENTRIES, Given
from dpr.apps.issuer_folder import IssuerFolder
from dpr.apps.issuer_records import FILE, IssuerRecords
from tests.apps.issuers import AT, code_of, give, issuer, table
from tests.e2e.cli import ENVIRONMENT


def indexes(folder: IssuerFolder) -> list[int]:
    """Every index that was given out."""
    with folder.records.reading() as entries:
        return [one.index for one in entries.where()]


def read(records: IssuerRecords) -> int:
    """Reads all of it."""
    with records.reading() as entries:
        entries.check()
        return len(list(entries.where()))


# --- damage ---------------------------------------------------------------------------------------------------------------


def test_a_record_that_is_torn_anywhere_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    for number in range(3):
        give(region, tmp_path, f"p{number}")
    path = region.records.path
    whole = path.read_bytes()
    assert read(region.records) == 3
    for length in [0, 1, 99, 100, 4095, 4096, 4097, *range(8192, len(whole), 4096), len(whole) - 1]:
        path.write_bytes(whole[:length])
        assert code_of(lambda: read(region.records)) == "issuer_records_invalid", length
        assert path.read_bytes() == whole[:length]
    path.write_bytes(whole)
    assert read(region.records) == 3


def test_a_record_that_is_missing_or_of_another_program_is_never_taken_for_an_empty_one(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    path = region.records.path
    path.unlink()
    assert code_of(lambda: read(region.records)) == "issuer_records_invalid" and not path.exists()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE given (a)")
    assert code_of(lambda: read(region.records)) == "issuer_records_invalid"


def test_a_record_of_a_later_version_is_not_read_as_this_one(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    with sqlite3.connect(region.records.path) as other:
        other.execute("PRAGMA user_version = 2")
    assert code_of(lambda: read(region.records)) == "issuer_records_invalid"


def test_what_a_flipped_bit_left_of_a_holder_is_named(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    give(region, tmp_path, "p")
    path = region.records.path
    path.write_bytes(path.read_bytes().replace(b'{"name"', b'["name"'))
    with region.records.reading() as entries:
        (one,) = entries.where()
        assert code_of(lambda: one.members) == "issuer_records_invalid"
        assert code_of(lambda: region.credential(one)) == "issuer_records_invalid"


def test_only_its_owner_can_read_the_record(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    give(region, tmp_path, "p")
    assert oct(region.records.path.stat().st_mode & 0o777) == "0o600"


def test_a_record_that_another_command_holds_for_long_is_busy(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    with mock.patch.object(issuer_records, "_BUSY_SECONDS", 0.05), region.records.changing():
        assert code_of(lambda: give(region, tmp_path, "p")) == "issuer_records_busy"
    give(region, tmp_path, "p")


# --- indexes --------------------------------------------------------------------------------------------------------------


def an_entry(index: int) -> Given:
    """Of nobody."""
    text = str(index)
    return Given(index=index, id=text, key=text, holder="{}", name=text, valid_from=1, valid_until=2)


def test_an_index_tells_nothing_of_how_many_there_are_and_the_list_grows_in_doublings(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    with region.records.changing() as entries:
        sizes, given = [], []
        for _ in range(FIRST_ENTRIES // 2 + 1):
            size = entries.size()
            index = entries.free_index(size)
            entries.add(an_entry(index), 1)
            sizes.append(size)
            given.append(index)
    assert len(set(given)) == len(given) and all(index < size for index, size in zip(given, sizes, strict=True))
    assert sorted(given[:100]) != given[:100] and max(given[:100]) > FIRST_ENTRIES // 2, "at random"
    assert sizes == [FIRST_ENTRIES] * (FIRST_ENTRIES // 2) + [2 * FIRST_ENTRIES]


def test_a_list_reaches_what_was_ever_given_out_however_little_is_left_in_the_record(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    with region.records.changing() as entries:
        entries.reserve(40_000)
        assert entries.size() == 65_536
        assert list(entries.where()) == [], "nobody's"
        with mock.patch("secrets.randbelow", side_effect=[40_000, 40_000, 5]):
            assert entries.free_index(65_536) == 5


def test_a_change_that_fails_leaves_nothing_of_itself(tmp_path: Path) -> None:
    region = issuer(tmp_path)

    def fails() -> None:
        with region.records.changing() as entries:
            entries.add(an_entry(1), 1)
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert indexes(region) == []


_ISSUING = """
import sys
from pathlib import Path
from dpr.apps.issuer_folder import IssuerFolder
from tests.apps.issuers import give
folder, who = Path(sys.argv[1]), sys.argv[2]
own = folder / who
own.mkdir()
sys.stdin.readline()
for number in range(40):
    give(IssuerFolder(folder / "region"), own, f"{who}{number}")
"""


def test_two_processes_at_once_never_share_an_index(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    words = [sys.executable, "-c", _ISSUING, str(tmp_path)]
    both = [subprocess.Popen([*words, who], stdin=subprocess.PIPE, env=ENVIRONMENT) for who in "ab"]
    for one in both:  # both are there before either begins
        assert one.stdin is not None
        one.stdin.write(b"\n")
        one.stdin.close()
    assert [one.wait(60) for one in both] == [0, 0]
    assert len(set(indexes(region))) == 80


# --- crashes and full disks -----------------------------------------------------------------------------------------------

_BULK = """
import os, signal, sys
from pathlib import Path
from dpr.adapters import many_files
from dpr.apps import issuer_bulk
from dpr.apps.issuer_folder import IssuerFolder
from tests.apps.issuers import AT
folder, calls, when = Path(sys.argv[1]), 0, int(sys.argv[2])
issuer_bulk._AT_ONCE = 10
written = many_files.write_all
def write_all(*words):
    global calls
    calls += 1
    if calls == when:
        os.kill(os.getpid(), signal.SIGKILL)  # the record is on the disk, the files are not
    written(*words)
    if calls == -when:
        os.kill(os.getpid(), signal.SIGKILL)  # the files are, that they are is not
many_files.write_all = write_all
issuer_bulk.issue_all(
    IssuerFolder(folder / "region"), folder / "people.csv", folder / "requests", folder / "out", days=90, now=AT
)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("when", [1, 3, -2])
def test_who_is_killed_in_the_middle_goes_on_and_issues_nothing_twice(tmp_path: Path, when: int) -> None:
    region, people = issuer(tmp_path), table(tmp_path, 45)
    died = subprocess.run([sys.executable, "-c", _BULK, str(tmp_path), str(when)], env=ENVIRONMENT, check=False)
    assert died.returncode == -signal.SIGKILL
    before = set(indexes(region))
    assert len(before) == abs(when) * 10
    report = issue_all(region, people, tmp_path / "requests", tmp_path / "out", days=90, now=AT)
    assert (len(report.issued), len(report.again), len(report.held)) == (45 - len(before), 10, len(before) - 10)
    assert before < set(indexes(region)) and len(indexes(region)) == 45
    assert len(list((tmp_path / "out").glob("*.cbor"))) == 45


_FULL = """
import resource, signal, sys
from pathlib import Path
from dpr.apps.issuer_folder import IssuerFolder
from dpr.core.errors import DprError
from tests.apps.issuers import give
folder = Path(sys.argv[1])
region = IssuerFolder(folder / "region")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
given = 0
try:
    while given < 200:
        give(region, folder, f"p{given}")
        given += 1
except DprError as error:
    print(given, error.code)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_full_disk_is_named_and_the_record_stays_whole(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    ran = subprocess.run([sys.executable, "-c", _FULL, str(tmp_path)], env=ENVIRONMENT, capture_output=True, check=True)
    given, code = ran.stdout.decode().split()
    assert code == "file_not_written" and int(given) > 5
    assert read(region.records) == int(given)
    give(region, tmp_path, "after")
    assert read(region.records) == int(given) + 1


def test_a_disk_that_is_full_for_the_files_keeps_what_was_promised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    region, people = issuer(tmp_path), table(tmp_path, 3)
    real = os.fsync

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    words = (region, people, tmp_path / "requests", tmp_path / "out")
    monkeypatch.setattr(os, "fsync", full)
    assert code_of(lambda: issue_all(*words, days=90, now=AT)) == "file_not_written"
    monkeypatch.setattr(os, "fsync", real)
    assert list((tmp_path / "out").iterdir()) == []
    given = indexes(region)
    report = issue_all(*words, days=90, now=AT)
    assert [done.given.index for done in report.again] and sorted(one.given.index for one in report.again) == given
    assert not report.issued and len(list((tmp_path / "out").iterdir())) == 3


def test_a_second_issuer_does_not_take_the_place_of_the_first(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    give(region, tmp_path, "p")
    for name in ("key.pem", "issuer.json", FILE):
        copy = tmp_path / name.replace(".", "-")
        shutil.copytree(region.folder, copy)
        for other in {"key.pem", "issuer.json", FILE} - {name}:
            (copy / other).unlink()
        assert code_of(lambda at=copy: IssuerFolder.create(at, id="x", name="x", role="veterinary")) == "key_file_exists"
        assert (copy / name).read_bytes() == (region.folder / name).read_bytes()
