"""Credentials in bulk: every faulty line is named and nothing issued; renewals keep the index and leave out who may not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dpr.apps import issuer_bulk, people_csv
from dpr.apps.issuer_bulk import Report, issue_all, renew
from dpr.apps.issuer_decisions import revoke, suspend
from dpr.apps.issuer_folder import DAY, IssuerFolder, validity, validity_until
from dpr.apps.issuer_listing import rows
from dpr.core import days, documents
from dpr.core.errors import InputError
from dpr.core.revocation import Reason
from tests.apps.issuers import AT, COLUMNS, code_of, give, issuer, later, request, table, trust
from tests.world import EXAMPLES, NOW

GOOD = "prescriber;Test Testsson;{};LK;08-465 004 99;Norrfjärden;Piteå;4100300200100;{};{}"


def issued(folder: Path, region: IssuerFolder, **changes: Any) -> Report:
    """Issues for `folder`/people.csv."""
    given: dict[str, Any] = {"days": 90, "now": AT} | changes
    return issue_all(region, folder / "people.csv", folder / "requests", folder / "out", **given)


def credentials(region: IssuerFolder, folder: Path) -> dict[str, Any]:
    """What is in out/, verified, by file name."""
    known = trust(region)
    return {
        path.name: documents.open_credential(path.read_bytes(), known).credential for path in sorted((folder / "out").iterdir())
    }


def lines(folder: Path, *written: str, header: str = COLUMNS, encoding: str = "utf-8") -> None:
    """people.csv with these lines, and requests named a to e in requests/."""
    (folder / "requests").mkdir(exist_ok=True)
    for name in "abcde":
        request(folder / "requests", name)
    (folder / "people.csv").write_bytes(("\n".join([header, *written]) + "\n").encode(encoding))


# --- issuing --------------------------------------------------------------------------------------------------------------


def test_everybody_in_the_table_gets_a_credential_that_verifies(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    table(tmp_path, 30)
    report = issued(tmp_path, region)
    assert len(report.issued) == 30 and not (report.again or report.held or report.problems)
    found = credentials(region, tmp_path)
    assert sorted(found) == sorted(f"p{number}.cbor" for number in range(30))
    assert {one.holder.prescriber_code for one in found.values()} == {str(1_000_000 + number) for number in range(30)}
    assert len({one.status.idx for one in found.values()}) == 30


def test_a_second_run_issues_nothing_twice_and_takes_those_who_have_come_since(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    table(tmp_path, 5)
    issued(tmp_path, region)
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    table(tmp_path, 8)
    report = issued(tmp_path, region, now=later(DAY))
    assert (len(report.issued), report.held) == (3, [2, 3, 4, 5, 6])
    assert all((tmp_path / "out" / name).read_bytes() == data for name, data in before.items())


def test_the_progress_reaches_its_total(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    table(tmp_path, 7)
    seen: list[tuple[int, int]] = []
    issued(tmp_path, region, progress=lambda done, total: seen.append((done, total)))
    assert seen and seen[-1][0] == seen[-1][1] and seen == sorted(seen)


def test_the_example_is_a_regions_table(tmp_path: Path) -> None:
    people = people_csv.read(EXAMPLES / "people.csv", own=("request",))
    assert len(people.rows) == 5 and people.problems == [] and not any(row.problems for row in people.rows)
    region = issuer(tmp_path, organisations=["SE5555555555"])
    assert [row.holder and region.issuer.scope_fault(row.holder) for row in people.rows] == [None] * 5


# --- faulty lines ---------------------------------------------------------------------------------------------------------

FAULTY = {
    "role": ("doctor" + GOOD[10:].format("1234567", "", "a.request"), "role", "field_value_unknown"),
    "name missing": (GOOD.replace("Test Testsson", "").format("1234567", "", "a.request"), "name", "field_missing"),
    "prescriber code": (GOOD.format("12345", "", "a.request"), "prescriber_code", "prescriber_code_form"),
    "prescriber code missing": (GOOD.format("", "", "a.request"), "prescriber_code", "holder_prescriber_code"),
    "profession": (GOOD.replace("LK", "XX").format("1234567", "", "a.request"), "profession", "field_value_unknown"),
    "profession of others": (GOOD.replace("LK", "VT").format("1234567", "", "a.request"), "role", "scope_role"),
    "phone": (GOOD.replace("08-465 004 99", "ring").format("1234567", "", "a.request"), "phone", "phone_form"),
    "phone missing": (GOOD.replace("08-465 004 99", "").format("1234567", "", "a.request"), "phone", "holder_phone"),
    "workplace code": (GOOD.replace("4100300200100", "41").format("1234567", "", "a.request"), "workplace_code", None),
    "hsa id": (GOOD.format("1234567", "SE23", "a.request"), "workplace_hsa_id", "hsa_id_form"),
    "organisation": (GOOD.format("1234567", "SE5555555555-A1", "a.request"), "workplace_hsa_id", "scope_organisation"),
    "request missing": (GOOD.format("1234567", "", ""), "request", "field_missing"),
    "no such request": (GOOD.format("1234567", "", "f.request"), "request", "file_missing"),
    "a path": (GOOD.format("1234567", "", "../a.request"), "request", "request_name"),
    "a path below": (GOOD.format("1234567", "", "below/a.request"), "request", "request_name"),
    "a hidden file": (GOOD.format("1234567", "", ".request"), "request", "request_name"),
    "no request": (GOOD.format("1234567", "", "torn.request"), "request", "key_request_invalid"),
    "too few fields": ("prescriber;Test Testsson", "", "people_line"),
    "quotes": (GOOD.replace("Norrfjärden", '"Norr').format("1234567", "", "a.request"), "", "people_line"),
    "long": (GOOD.format("1234567", "", "a" * 5000), "", "people_line"),
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_faulty_line_is_named_with_its_column_and_nothing_is_issued(tmp_path: Path, name: str) -> None:
    region = issuer(tmp_path, organisations=["SE2321000016"])
    line, column, code = FAULTY[name]
    lines(tmp_path, GOOD.format("1234567", "SE2321000016-A1", "b.request"), "", line)
    (tmp_path / "requests" / "torn.request").write_bytes(b"\xd2\x84")
    (tmp_path / "requests" / "below").mkdir()
    request(tmp_path / "requests" / "below", "a")
    with pytest.raises(InputError) as caught:
        issued(tmp_path, region)
    assert caught.value.code == "people_invalid"
    assert {one.path for one in caught.value.problems} == {"line 4" + (f", column {column}" if column else "")}
    assert code is None or code in {one.code for one in caught.value.problems}
    said = " ".join(map(str, caught.value.problems))
    assert "Testsson" not in said and "ring" not in said.replace("string", ""), "what stands in a field may be anything"
    assert not (tmp_path / "out").exists()
    report = issued(tmp_path, region, skip_faulty=True)
    assert [done.line for done in report.issued] == [2] and report.problems == list(caught.value.problems)


def test_two_lines_with_one_key_are_both_faulty_also_where_one_has_another_fault(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    for other in ("7654321", "7"):
        lines(tmp_path, *(GOOD.format(code, "", "a.request") for code in ("1234567", other)))
        report = issued(tmp_path, region, skip_faulty=True)
        assert not report.issued
        found = {(one.path, one.code) for one in report.problems if one.code == "key_twice"}
        assert found == {(f"line {number}, column request", "key_twice") for number in (2, 3)}


def test_a_request_of_another_key_under_the_same_person_is_their_second_credential(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    lines(tmp_path, GOOD.format("1234567", "", "a.request"), GOOD.format("1234567", "", "b.request"))
    assert len(issued(tmp_path, region).issued) == 2


@pytest.mark.parametrize("state", ["revoked", "stolen", "suspended", "of another"])
def test_who_must_not_have_one_is_a_faulty_line(tmp_path: Path, state: str) -> None:
    region = issuer(tmp_path)
    lines(tmp_path, GOOD.format("1234567", "", "a.request"))
    (done,) = issued(tmp_path, region).issued
    if state == "suspended":
        suspend(region, done.given.id, now=AT)
    elif state == "of another":
        lines(tmp_path, GOOD.format("7654321", "", "a.request"))
    else:
        reason = Reason.KEY_COMPROMISED if state == "stolen" else Reason.OTHER
        revoke(region, done.given.id, revoked_from=None, reason=reason, now=AT)
    codes = {"revoked": "key_revoked", "stolen": "key_compromised", "suspended": "credential_is_suspended"}
    with pytest.raises(InputError) as caught:
        issued(tmp_path, region)
    assert [one.code for one in caught.value.problems] == [codes.get(state, "key_of_another")]


@pytest.mark.parametrize(
    "header", ["", "role;name", COLUMNS + ";request", COLUMNS + ";personnummer", COLUMNS.replace("name", "namn")]
)
def test_a_header_that_is_not_the_tables_is_named(tmp_path: Path, header: str) -> None:
    lines(tmp_path, GOOD.format("1234567", "", "a.request"), header=header)
    with pytest.raises(InputError) as caught:
        issued(tmp_path, issuer(tmp_path), skip_faulty=True)
    assert {one.code for one in caught.value.problems} == {"people_column"}


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace(";", ","),
        lambda text: text.replace("Norrfjärden", '"Norrfjärden"'),
        lambda text: text.rstrip("\n"),
        lambda text: text + ";;;;\n \n",
    ],
    ids=["byte order mark", "CRLF", "commas", "quotes", "no last line end", "empty lines"],
)
def test_tables_come_as_spreadsheet_programs_write_them(tmp_path: Path, change: Any) -> None:
    region = issuer(tmp_path)
    path = table(tmp_path, 3)
    path.write_text(change(path.read_text("utf-8")), "utf-8", newline="")
    assert len(issued(tmp_path, region).issued) == 3
    assert next(iter(credentials(region, tmp_path).values())).holder.workplace.name == "Norrfjärden"


def test_another_encoding_is_named(tmp_path: Path) -> None:
    lines(tmp_path, GOOD.format("1234567", "", "a.request"), encoding="latin-1")
    with pytest.raises(InputError) as caught:
        issued(tmp_path, issuer(tmp_path))
    assert "UTF-8" in str(caught.value.problems[0])


def test_an_empty_table_is_named(tmp_path: Path) -> None:
    lines(tmp_path)
    assert code_of(lambda: issued(tmp_path, issuer(tmp_path))) == "people_invalid"


# --- renewing -------------------------------------------------------------------------------------------------------------


def renewed(region: IssuerFolder, folder: Path, *, at: int, within_days: int = 30, days_: int = 90) -> Report:
    """Renews `at` seconds after `AT`."""
    until = validity(days_, NOW + at)
    return renew(region, folder / "out", until=until, within_days=within_days, now=later(at))


def test_a_renewal_keeps_key_holder_and_index_and_gives_another_validity(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    table(tmp_path, 4)
    issued(tmp_path, region)
    before = credentials(region, tmp_path)
    assert not renewed(region, tmp_path, at=30 * DAY).issued, "they end in 60 days"
    assert len(renewed(region, tmp_path, at=70 * DAY).issued) == 4
    after = credentials(region, tmp_path)
    assert after.keys() == before.keys()
    for name, one in after.items():
        old = before[name]
        assert (one.key, one.holder, one.status) == (old.key, old.holder, old.status)
        assert one.valid_until == old.valid_until + 70 * DAY
    assert not renewed(region, tmp_path, at=70 * DAY).issued, "not twice"


def test_neither_revoked_nor_suspended_nor_long_ended_nor_replaced_is_renewed(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    for name in ("valid", "revoked", "suspended", "ended"):
        give(region, tmp_path, name, days=1 if name == "ended" else 60)
    give(region, tmp_path, "changed", days=60)
    give(region, tmp_path, "changed", days=60, name="Test Testsson Ny")
    revoke(region, str(tmp_path / "revoked.cbor"), revoked_from=NOW + 100 * DAY, reason=Reason.OTHER, now=AT)
    suspend(region, str(tmp_path / "suspended.cbor"), now=AT)
    report = renewed(region, tmp_path, at=50 * DAY)
    assert sorted(done.given.name.partition("-")[0] for done in report.issued) == ["changed", "valid"]
    assert all("Ny" in done.given.holder for done in report.issued if done.given.name.startswith("changed"))
    found = credentials(region, tmp_path)
    assert len(found) == 2
    assert len(renewed(region, tmp_path, at=89 * DAY + 3600, within_days=60).issued) == 2, "ended less than 30 days ago, or not"


def test_a_renewal_whose_files_could_not_be_written_is_made_up_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    region = issuer(tmp_path)
    table(tmp_path, 3)
    issued(tmp_path, region)
    (tmp_path / "blocked").write_bytes(b"")
    until = validity(90, NOW + 80 * DAY)
    words = {"until": until, "within_days": 30, "now": later(80 * DAY)}
    assert code_of(lambda: renew(region, tmp_path / "blocked", **words)) == "file_not_written"
    report = renew(region, tmp_path / "out", **words)
    assert (len(report.issued), len(report.again)) == (0, 3)
    assert {one.valid_until for one in credentials(region, tmp_path).values()} == {until.valid_until}


def test_who_is_revoked_while_renewals_are_on_their_way_gets_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    region = issuer(tmp_path)
    table(tmp_path, 3)
    last = issued(tmp_path, region).issued
    order = sorted(last, key=lambda done: done.given.index)
    monkeypatch.setattr(issuer_bulk, "_AT_ONCE", 1)

    def revoking(done: int, _total: int) -> None:
        if done == 1:
            revoke(region, order[-1].given.id, revoked_from=None, reason=Reason.OTHER, now=later(80 * DAY))

    words = {"until": validity(90, NOW + 80 * DAY), "within_days": 30, "now": later(80 * DAY), "progress": revoking}
    report = renew(region, tmp_path / "out", **words)
    assert [done.given.index for done in report.issued] == [done.given.index for done in order[:2]]


def test_a_planned_outage_is_capped_recorded_and_listed(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    table(tmp_path, 2)
    issued(tmp_path, region)
    last = days.day_of(NOW + 400 * DAY)
    for wrong in (days.day_of(NOW), days.day_of(NOW + 401 * DAY)):
        assert code_of(lambda day=wrong: validity_until(day, "CASE-17", NOW, max_days=400)) == "setup_invalid"
    for wrong_reference in ("", "x" * 101, "a\nb"):
        assert code_of(lambda one=wrong_reference: validity_until(last, one, NOW, max_days=400)) == "setup_invalid"
    until = validity_until(last, "CASE-17", NOW, max_days=400)
    assert len(renew(region, tmp_path / "out", until=until, within_days=400, now=AT).issued) == 2
    assert {one.valid_until for one in credentials(region, tmp_path).values()} == {days.end_of(last)}
    assert [row["planned_outage"] for row in rows(region, now=AT)] == ["CASE-17"] * 2
    assert not renew(region, tmp_path / "out", until=validity(90, NOW), within_days=400, now=AT).issued, "never shorter"


# --- listing --------------------------------------------------------------------------------------------------------------


def test_the_listing_has_ids_and_codes_and_no_names(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    give(region, tmp_path, "p", days=10)
    give(region, tmp_path, "q", days=90, prescriber_code="1234567", name="Någon Annan")
    listed = rows(region, now=AT)
    assert [(row["code"], row["status"]) for row in listed] == [("9999999", "valid"), ("1234567", "valid")]
    assert "Test" not in str(listed) and "Annan" not in str(listed)
    assert [row["code"] for row in rows(region, now=AT, expiring_days=30)] == ["9999999"]
    for part in ("annan", "12345"):
        assert [row["code"] for row in rows(region, now=AT, holder=part)] == ["1234567"]
    assert [row["status"] for row in rows(region, now=later(20 * DAY))] == ["ended", "valid"]
