"""Prescribers come in: every fault of a table at once, no key made twice, and no credential that is not theirs."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import msgspec
import pytest

from dpr.apps import people_csv
from dpr.apps.signer.enrolment import ISSUER_COLUMNS, enrol, import_credentials, read_table
from dpr.apps.signer.people import People
from dpr.core import documents, key_request
from dpr.core.credential import HOLDER
from dpr.core.errors import DprError, InputError, SetupError, StorageError
from dpr.core.keys import PublicKey
from tests.fakes.key_store_memory import MemoryKeyStore
from tests.world import DAY, NOW, PHARMACIST, PHYSICIAN, World, signer

HEADER = "user;role;name;prescriber_code;profession;specialist;phone;workplace_name;workplace_place;workplace_code"
KARIN = "karin;prescriber;Karin Sjöström;9123456;LK;;08-465 004 12;Hälsocentralen Norrfjärden;Piteå;4100300200100"


def lines(*users: str) -> bytes:
    return "\n".join([HEADER, *(KARIN.replace("karin", user, 1) for user in users), ""]).encode()


class Office:
    """The people of a service, their keys, and an issuer."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.people, self.store, self.world = folder, People(folder / "people"), MemoryKeyStore(), World()

    def enrol(self, *users: str) -> int:
        table = self.folder / "people.csv"
        table.write_bytes(lines(*users))
        return enrol(self.people, read_table(table), self.store, self.folder / "requests").made

    def key(self, user: str) -> PublicKey:
        return self.store.signer(self.people.read()[user].label).key

    def credential(self, user: str, name: str = "", **changes: object) -> Path:
        path = self.folder / "credentials" / f"{name or user}.cbor"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(self.world.credential(**({"key": self.store.signer(self.people.read()[user].label)} | changes)))  # type: ignore[arg-type]
        return path

    def taken(self, *paths: Path) -> tuple[int, int, list[str]]:
        done = import_credentials(self.people, paths, self.world.trust())
        return done.taken, done.older, [error.code for _, error in done.refused]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_a_table_is_read_as_the_issuer_will_read_it(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(lines("karin"))
    [entry] = read_table(path)
    assert entry.user == "karin" and entry.holder == HOLDER.to_json(PHYSICIAN)
    path.write_bytes(b"\xef\xbb\xbf" + lines("karin").replace(b";", b",").replace(b"\n", b"\r\n"))
    assert read_table(path) == [entry]


def problems(path: Path, data: bytes) -> list[tuple[str, str]]:
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_table(path)
    assert caught.value.code == "people_invalid" and "Karin" not in str(caught.value)
    return [(problem.path, problem.code) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("data", "path", "code"),
    [
        (b"", "line 1", "people_column"),
        (b"user;name;role;surprise\n", "line 1, column 4", "people_column"),
        (lines("karin").replace(b"user;", b"request;", 1), "line 1", "people_column"),
        (lines("karin", "karin"), "line 3, column user", "enrolment_user"),
        (lines("x" * 201), "line 2, column user", "enrolment_user"),
        (lines("a\x07b"), "line 2, column user", "enrolment_user"),
        (lines(""), "line 2, column user", "field_missing"),
        (lines("karin").replace(b"9123456", b"9123"), "line 2, column prescriber_code", "prescriber_code_form"),
        (
            (HEADER + "\nleila;pharmacist;Leila Haddad;;AP;;;;;\n").encode(),
            "line 2, column role",
            "enrolment_role",
        ),
    ],
)
def test_a_fault_in_a_table_is_named_with_its_line(tmp_path: Path, data: bytes, path: str, code: str) -> None:
    assert (path, code) in problems(tmp_path / "people.csv", data)


def test_every_fault_is_named_at_once_and_nothing_is_made(office: Office) -> None:
    table = lines("a", "b", "c").replace(b"9123456", b"1", 2)
    found = problems(office.folder / "people.csv", table)
    assert [path for path, _ in found] == ["line 2, column prescriber_code", "line 3, column prescriber_code"]
    assert not office.people.path.exists() and not office.store.labels()


def test_the_issuer_reads_the_table_that_it_gets(office: Office) -> None:
    office.enrol("karin")
    read = people_csv.read(office.folder / "requests" / "people.csv", own=("request",))
    assert not read.problems and [row.holder for row in read.rows] == [PHYSICIAN]


def test_everybody_gets_a_key_a_request_and_a_line_for_the_issuer(office: Office) -> None:
    assert office.enrol("karin", "anna") == 2
    table = office.folder / "requests" / "people.csv"
    rows = list(csv.DictReader(io.StringIO(table.read_text("utf-8")), delimiter=";"))
    assert tuple(rows[0]) == ISSUER_COLUMNS and rows[0]["role"] == "prescriber" and rows[0]["name"] == PHYSICIAN.name
    asked = {key_request.read((table.parent / row["request"]).read_bytes()) for row in rows}
    assert asked == {office.key("karin"), office.key("anna")}
    for person in office.people.read().values():
        assert person.label.startswith("rx-") and len(person.label) == 15 and person.user not in person.label
        assert person.thumbprint == office.key(person.user).thumbprint.hex()
    assert office.people.path.stat().st_mode & 0o077 == 0 and table.stat().st_mode & 0o077 == 0


def test_enrolling_again_makes_nothing_twice(office: Office) -> None:
    office.enrol("karin")
    key, request = office.key("karin"), next((office.folder / "requests").glob("*.request")).read_bytes()
    assert office.enrol("karin", "anna") == 1
    assert office.key("karin") == key
    assert request in [path.read_bytes() for path in (office.folder / "requests").glob("*.request")]


@pytest.mark.parametrize("after", range(6))
def test_a_run_that_is_broken_off_goes_on_where_it_was(office: Office, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made, real = [], office.store.create

    def create(label: str, **options: str) -> object:
        if len(made) == after:
            raise StorageError("token_full")
        made.append(label)
        return real(label)

    monkeypatch.setattr(office.store, "create", create)
    users = [f"u{number}" for number in range(6)]
    with pytest.raises(StorageError):
        office.enrol(*users)
    monkeypatch.setattr(office.store, "create", real)
    assert office.enrol(*users) == 6 - after
    assert len(office.store.labels()) == 6
    assert sorted(person.label for person in office.people.read().values()) == office.store.labels()


def test_a_credential_is_taken_for_its_key(office: Office) -> None:
    office.enrol("karin", "anna")
    path = office.credential("karin")
    assert office.taken(path) == (1, 0, [])
    held = office.people.read()
    assert held["karin"].credential == path.read_bytes() and not held["anna"].credential
    assert held["karin"].valid_until == NOW + 60 * DAY and held["karin"].id == office.key("karin").thumbprint[:8].hex()


def test_a_later_credential_replaces_an_older_one_and_never_the_reverse(office: Office) -> None:
    office.enrol("karin")
    old = office.credential("karin")
    new = office.credential("karin", "new", valid_from=NOW - DAY, valid_until=NOW + 90 * DAY)
    assert office.taken(new, old, new) == (1, 2, [])
    assert office.people.read()["karin"].credential == new.read_bytes()


def test_a_credential_that_is_not_theirs_is_refused_and_keeps_no_other_out(office: Office) -> None:
    office.enrol("karin", "anna")
    world = office.world
    stranger = office.credential("karin", "stranger", key=signer("somebody else"))
    other = office.credential("karin", "other", holder=msgspec.structs.replace(PHYSICIAN, name="Anna Andersson"))
    pharmacist = office.credential("karin", "pharmacist", holder=PHARMACIST)
    forged = office.credential("karin", "forged")
    value = world.credential_value(key=office.store.signer(office.people.read()["karin"].label))
    forged.write_bytes(documents.sign(documents.CREDENTIAL_KIND, value, signer("forger")))
    torn = office.credential("karin", "torn")
    torn.write_bytes(torn.read_bytes()[:-5])
    prescription = office.folder / "credentials" / "prescription.cbor"
    prescription.write_bytes(world.prescription_document())
    good = office.credential("anna")
    taken, older, refused = office.taken(stranger, other, pharmacist, forged, torn, prescription, good)
    assert (taken, older) == (1, 0)
    assert refused[:4] == [
        "enrolment_key_unknown",
        "enrolment_holder_differs",
        "enrolment_holder_differs",
        "chain_issuer_unknown",
    ]
    assert len(refused) == 6 and office.people.read()["anna"].credential and not office.people.read()["karin"].credential


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"people": [{}]}', b'{"people": 1}', b"[" * 100_000, b"\xff"])
def test_a_damaged_file_of_people_is_named_and_not_written_over(office: Office, content: bytes) -> None:
    office.people.folder.mkdir()
    office.people.path.write_bytes(content)
    for act in (office.people.read, lambda: office.enrol("karin")):
        with pytest.raises(SetupError) as caught:
            act()
        assert caught.value.code == "signer_people_invalid"
    assert office.people.path.read_bytes() == content


def test_a_label_that_stands_twice_is_a_damaged_file(office: Office) -> None:
    office.enrol("karin", "anna")
    text = office.people.path.read_text()
    labels = [person.label for person in office.people.read().values()]
    office.people.path.write_text(text.replace(labels[1], labels[0]))
    with pytest.raises(DprError):
        office.people.read()
