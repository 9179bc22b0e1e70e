"""What is measured of trust is what it claims to be, at small sizes; no test here looks at how long anything took."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.x509.verification import VerificationError

from benchmarks import figures_page, plots, trust, trust_site, x509_chain, x509_crl
from benchmarks.formats_x509 import certificate
from benchmarks.trust_site import LARGE, SMALL, Scale
from dpr.adapters.trust_files import TrustFiles
from dpr.core import documents
from dpr.core.credential import Profession, StatusReference
from dpr.core.errors import DocumentError
from dpr.core.status import Status
from dpr.core.trust_list import Issuer
from scripts import bench_readme
from tests.world import CARE, World, status_uri

SCALE = Scale(issuers=40, entries=60_000, credentials=3)


def committed(name: str) -> Any:
    return json.loads((plots.FIGURES / name).read_text("utf-8"))


# --- the chain of certificates ------------------------------------------------------------------------------------------------


class OnlyDentists(World):
    """A world whose care provider may not vouch for physicians."""

    def issuers(self) -> tuple[Issuer, ...]:
        care, *others = super().issuers()
        return msgspec.structs.replace(care, professions=(Profession.TL,)), *others


@pytest.mark.parametrize("held", [False, True])
def test_the_path_leads_from_the_prescriber_to_what_the_verifier_holds(held: bool) -> None:
    world = World()
    path = x509_chain.validated(x509_chain.chain(world), issuer_held=held)
    assert len(path) == (2 if held else 3)
    assert path[0].public_key() == world.prescriber.key.key
    assert path[1].public_key() == world.care.key.key
    assert path[0].subject == x509.load_der_x509_certificate(certificate(world)).subject


def test_the_certificates_say_the_scope_that_the_trust_list_has() -> None:
    issuer = World().issuers()[0]
    leaf, middle, root = x509_chain.validated(x509_chain.chain(World()))
    usages = [{one.dotted_string for one in _usage(certificate)} for certificate in (leaf, middle)]
    assert usages[0] < usages[1] and "2.999.1.0" in usages[0]
    assert len(usages[1]) == 1 + len(issuer.professions) + len(issuer.kinds)
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 1


def _usage(certificate: x509.Certificate) -> x509.ExtendedKeyUsage:
    return certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value


@pytest.mark.parametrize("held", [False, True])
def test_a_path_is_refused_when_it_is_out_of_date_changed_or_of_another_root(held: bool) -> None:
    made = x509_chain.chain(World())
    leaf = made.leaf[:-1] + bytes([made.leaf[-1] ^ 1])
    other = x509_chain.chain(World(root=World().vets, care=World().pharmacies))
    wrong = [made._replace(at=made.at + timedelta(days=200)), made._replace(leaf=leaf), made._replace(leaf=other.leaf)]
    wrong += [] if held else [made._replace(root=other.root)]
    for one in wrong:
        with pytest.raises(VerificationError):
            x509_chain.validated(one, issuer_held=held)


NAMES = {
    "another host": x509.RFC822Name("other.example"),
    "a URI, which is not supported": x509.UniformResourceIdentifier("other.example"),
    "a directory name": x509.DirectoryName(x509.Name([])),
}


@pytest.mark.parametrize("below", NAMES.values(), ids=list(NAMES))
def test_a_name_outside_the_constraint_or_a_constraint_that_is_not_understood_ends_the_path(below: x509.GeneralName) -> None:
    made = x509_chain.chain(World(), below=below)
    if isinstance(below, x509.UniformResourceIdentifier):
        assert len(x509_chain.validated(made)) == 3  # no URI in the leaf, so nothing to constrain
        return
    with pytest.raises(VerificationError):
        x509_chain.validated(made)


def test_the_library_takes_what_the_page_says_that_it_takes() -> None:
    """A profession outside the issuer's scope, which dpr refuses; a constraint of directory names that is not critical."""
    world = OnlyDentists()
    assert len(x509_chain.validated(x509_chain.chain(world))) == 3
    with pytest.raises(DocumentError, match="scope_profession"):
        documents.open_credential(world.credential(), world.trust())
    assert len(x509_chain.validated(x509_chain.chain(World(), below=NAMES["a directory name"], critical=False))) == 3


def test_sizes_are_those_of_the_page() -> None:
    assert x509_chain.sizes() == committed("x509.json")["sizes"], "run: make bench, then make figures"


def test_every_way_to_prove_who_signed_is_timed() -> None:
    found = x509_chain.chains(rounds=2)
    assert set(found) == set(figures_page.CHAINS) == set(committed("x509.json")["chains"])
    assert all(entry["ratio"] > 0 and entry["microseconds"] > 0 for entry in found.values())


# --- lists of what is revoked -----------------------------------------------------------------------------------------------


def test_all_three_lists_say_the_same_of_every_credential() -> None:
    world, revoked = World(), x509_crl.chosen(20, of=2000)
    opened = x509_crl.loaded_crl(x509_crl.crl(world, revoked), world.care.key.key)
    status = x509_crl.status_list(world, revoked, of=2000, bits=1)
    dated = [world.revocations(revoked)]
    held = documents.open_trust(world.anchor, world.trust_list(), status_lists=[status], revocations=dated)
    assert len(revoked) == 20
    for index in range(2000):
        credential = world.credential_value(status=StatusReference(idx=index, uri=status_uri(CARE)))
        entry = opened.get_revoked_certificate_by_serial_number(x509_crl.serial(index))
        answer, since_then = held.status(credential), held.revocation(credential)
        assert answer is not None and answer.status is (Status.REVOKED if index in revoked else Status.VALID)
        since = (entry and int(entry.revocation_date_utc.timestamp()), since_then and since_then.revoked_from)
        assert since == (revoked.get(index), revoked.get(index))


def test_a_crl_that_another_signed_is_refused() -> None:
    world = World()
    with pytest.raises(ValueError, match="signature"):
        x509_crl.loaded_crl(x509_crl.crl(world, {1: world.now}), world.vets.key.key)


def test_lists_are_measured_at_every_share_and_are_as_large_as_the_page_says() -> None:
    found = x509_crl.measured(20_000)
    assert [entry["revoked"] for entry in found] == [round(20_000 * share) for share in x509_crl.SHARES]
    first = committed("x509.json")["lists"][0]
    assert set(found[0]) == set(first) and all(value > 0 for entry in found for value in entry.values())
    world, revoked = World(), x509_crl.chosen(first["revoked"], of=first["credentials"])
    assert len(x509_crl.crl(world, revoked)) == first["crl_bytes"]
    assert len(world.revocations(revoked)) == first["revocations_bytes"]


# --- a country's lists --------------------------------------------------------------------------------------------------------


@cache
def site(folder: Path) -> dict[str, int]:
    trust_site.write(folder / "small", SMALL)
    return trust_site.write(folder / "large", SCALE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.getbasetemp() / "sites"
    site(made)
    return made


def test_a_site_is_loaded_whole(folder: Path) -> None:
    files = TrustFiles(folder / "large")
    held = files.load()
    assert files.skipped == [] and held.trust_list is not None and held.snapshot is not None
    listed = held.trust_list.content.issuers
    assert len(listed) == len({issuer.id for issuer in listed}) == len(held.status_lists) == SCALE.issuers
    assert len(held.snapshot.content.minimums) == site(folder)["published_files"] - 1
    revoked = {name: _revoked(held, *name) for name in held.status_lists}
    assert 0.0005 * SCALE.entries < sum(map(len, revoked.values())) < 0.002 * SCALE.entries
    for name, dated in held.revocations.items():
        assert {entry.idx for entry in dated.content.entries} == revoked[name]
    assert trust_site.REGIONS <= len(held.revocations) < SCALE.issuers


def _revoked(held: Any, issuer: str, uri: str) -> set[int]:
    entries = held.status_lists[issuer, uri].entries
    return {index for index in range(len(entries.lst) * 4) if entries[index] is not Status.VALID}


def test_entries_are_shared_out_and_few_issuers_have_most_of_them() -> None:
    of_each = [trust_site.entries_of(number, LARGE) for number in range(LARGE.issuers)]
    assert 0.999 * LARGE.entries < sum(of_each) <= LARGE.entries
    assert sum(of_each[: trust_site.REGIONS]) > 0.6 * LARGE.entries
    assert all(size > trust_site.FIRST_INDEX for size in of_each)


def test_a_folder_is_measured_in_a_process_of_its_own(folder: Path) -> None:
    found = trust.in_a_process(folder / "large")
    whole = committed("trust.json")
    assert set(whole) == {"scale", "verdicts", *found, *site(folder)}
    assert all(value > 0 for value in found.values())


def test_a_verdict_is_measured_in_every_way_that_could_grow_with_the_lists(folder: Path) -> None:
    pair = [TrustFiles(folder / one).load() for one in ("small", "large")]
    found = trust.verdicts(pair[0], pair[1], rounds=1)
    assert set(found) == set(trust.VERDICTS) == set(figures_page.VERDICTS) == set(committed("trust.json")["verdicts"])
    assert all(entry["ratio"] > 0 for entry in found.values())


def test_what_is_refused_is_not_measured() -> None:
    with pytest.raises(ValueError, match="accepted"):
        trust.verdicts(World().trust(), World().trust(status={7: Status.REVOKED}), rounds=1)


# --- rows and tables ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("module", "name"), [(x509_chain, "x509.json"), (trust, "trust.json")])
def test_rows_are_written_and_known_to_the_readme(
    module: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "measured", lambda: committed(name))
    monkeypatch.setattr(module, "RECORD", tmp_path / "build" / name)
    rows = module.rows()
    assert {row.name for row in rows} <= bench_readme.WORDS.keys()
    assert json.loads((tmp_path / "build" / name).read_text("utf-8")) == committed(name)


def test_the_worst_ratio_is_the_one_that_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = committed("trust.json")
    found["verdicts"]["held"]["ratio"] = 30.25
    monkeypatch.setattr(trust, "measured", lambda: found)
    monkeypatch.setattr(trust, "RECORD", tmp_path / "trust.json")
    row = next(row for row in trust.rows() if row.name == "verify_large_lists_ratio")
    assert row.value == 30.25 and row.meets() is False
