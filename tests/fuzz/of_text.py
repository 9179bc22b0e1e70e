"""Targets: whoever reads text from outside: JSON, TOML, CSV, typed and pasted text, headers of a call."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import re
from random import Random
from typing import Any
from urllib.parse import urljoin, urlsplit

from dpr.adapters import products_mapping, register_answers
from dpr.adapters.products_csv import Reading
from dpr.apps.register import calls, faults, rules
from dpr.core import documents, drafts, fhir, fhir_headers, identifiers, text
from dpr.core.credential import HOLDER
from dpr.core.errors import InputError
from dpr.core.prescription import PRESCRIPTION
from dpr.core.trust_list import ISSUER
from dpr.core.verify import Accepted, verify
from dpr.ports import Rejected, Silent, Unreachable
from tests.fuzz.mutate import json_tree, raw
from tests.fuzz.of_signed import can_be_used
from tests.fuzz.site import SITE
from tests.fuzz.target import named, outcome, target
from tests.world import EXAMPLES, ONE_ITEM, PHARMACIST, PHYSICIAN

_WRITTEN = [path.read_bytes() for path in sorted((EXAMPLES / "prescriptions").glob("*.json"))]


def _as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


@target(seeds=lambda: [_as_json(ONE_ITEM), *_WRITTEN], mutate=json_tree, max_bytes=8192, runs=1200)
def draft(data: bytes) -> None:
    """`drafts.read` ends in an InputError that names what is wrong, or returns a prescription that is written and read as
    itself and, signed, is accepted or refused by name; if accepted, it can be shown, put in a code and mapped."""
    found = outcome(lambda: drafts.read(data, id=bytes(16), authored_at=SITE.world.now - 60), InputError)
    if found is None:
        return
    again = drafts.read(_as_json(drafts.write(found)), id=found.id, authored_at=found.authored_at)
    assert again == found and PRESCRIPTION.from_cbor(PRESCRIPTION.to_cbor(found)) == found
    document = documents.sign(documents.PRESCRIPTION, found, SITE.world.prescriber, credential=SITE.credentials[0])
    judged = verify(document, SITE.trust, SITE.now, policy=SITE.world.policy)
    if isinstance(judged, Accepted):
        can_be_used(judged, document)
    else:
        assert judged.code != "internal_error"


def _records() -> list[bytes]:
    issuers = [ISSUER.to_json(one) for one in SITE.world.issuers()]
    return [_as_json(one) for one in (HOLDER.to_json(PHYSICIAN), HOLDER.to_json(PHARMACIST), *issuers)]


@target(seeds=_records, mutate=json_tree, runs=2000)
def description(data: bytes) -> None:
    """The JSON of a holder or an issuer is refused with every problem named, or is written and read as itself."""
    written = outcome(lambda: drafts.parse(data), InputError)
    if written is None:
        return
    for record in (HOLDER, ISSUER):
        problems: list[Any] = []
        found = record.from_json(written, "$", problems)
        assert (found is None) == bool(problems)
        if found is None:
            named(InputError("holder_invalid", tuple(problems)))
        else:
            assert record.from_json(record.to_json(found), "$", []) == found
            assert record.from_cbor(record.to_cbor(found)) == found


_PRODUCTS = (EXAMPLES / "products.csv").read_bytes().splitlines(keepends=True)
_VARA = (
    "varunr;nplpackid;nplid;produktnamn;artikelbenamning;narkotikaklass\n012345;20010131100018;20010131000015;Alvedon;A 1;1\n"
)


def _tables() -> list[bytes]:
    rows = b"".join(_PRODUCTS[:4])
    return [
        rows,
        rows.replace(b";", b","),
        b"\xef\xbb\xbf" + rows.replace(b"\n", b"\r\n"),
        _VARA.encode(),
        b"name\n",
        rows + rows,
    ]


@target(seeds=_tables, runs=1500)
def products_csv(data: bytes) -> None:
    """A product table is refused with problems that name line and column, or gives products with well-formed codes and safe
    texts, one for a package; what is counted adds up."""
    for mapping in (products_mapping.DOCUMENTED, products_mapping.load("vara")):
        reading = Reading(io.BytesIO(data), mapping)
        found = outcome(lambda reading=reading: list(reading), InputError)
        assert reading.done_bytes <= len(data) and len(reading.problems) <= 101
        if found is None:
            continue
        assert reading.rows == len(found) and reading.done_bytes == len(data)
        assert len({one.npl_pack_id for one in found if one.npl_pack_id}) == sum(bool(one.npl_pack_id) for one in found)
        for product in found:
            assert not any(text.fault(one) for one in (product.name, product.form, product.strength, product.pack) if one)
            assert product.name and (not product.npl_pack_id or not identifiers.npl_pack_id_fault(product.npl_pack_id))


def _bundles() -> list[bytes]:
    request = fhir.medication_request(SITE.world.prescription(), 1, PHYSICIAN, patient_reference="Patient/1") | {"id": "1"}
    link = [{"relation": "next", "url": "http://nll.test/fhir?page=2"}]
    bundle = {"resourceType": "Bundle", "link": link, "entry": [{"resource": request}, {"resource": {"resourceType": "X"}}]}
    coded = {"code": "invalid", "details": {"text": "191212121212", "coding": [{"code": "F.001", "display": "saknas"}]}}
    return [_as_json(one) for one in (bundle, {"resourceType": "OperationOutcome", "issue": [coded, coded]}, request)]


_NUMBER = re.compile(r"(?<!\d)(?:\d\d)?\d{6}[-+ ]?\d{4}(?!\d)")


@target(seeds=_bundles, mutate=json_tree, max_bytes=16_384)
def register_answer(data: bytes) -> None:
    """A register's answer is a page of hits of the wanted type, or Silent; a no is one of three errors, whose words are one
    line without anything that looks like a person's number; no hit makes the look for a twin raise."""
    page = outcome(lambda: register_answers.page_of(data, "MedicationRequest"), Silent)
    for one in page.resources if page else ():
        assert one["resourceType"] == "MedicationRequest"
        register_answers.is_named(one, "urn:a", "b")
        register_answers.is_about(one, "Patient/1", "http://nll.test/fhir")
        assert type(fhir.looks_the_same(one, SITE.world.prescription(), 1, PHYSICIAN)) is bool
    if page and page.following is not None:
        _stays_beneath(page.following)
    for status in (400, 404, 422, 500):
        error = register_answers.no(status, data)
        assert isinstance(error, Rejected | Silent | Unreachable)
        words = error.words if isinstance(error, Rejected) else ""
        assert (not words or words.isprintable()) and len(words) <= 1000 and not _NUMBER.search(words), words


def _stays_beneath(following: str) -> None:
    base = "http://nll.test/fhir"
    rest = outcome(lambda: register_answers.beneath(base, "/MedicationRequest", following), Silent)
    if rest is not None:
        landed = urlsplit(urljoin(base, base + rest))
        assert landed.netloc == "nll.test" and landed.path.startswith("/fhir") and landed.scheme == "http"


@target(
    seeds=lambda: [
        b"http://nll.test/fhir?page=2",
        b"/fhir/MedicationRequest?x=%2e%2e",
        b"../fhir/../x",
        b"//evil.test/fhir",
        b"?p",
    ]
)
def next_page(data: bytes) -> None:
    """The address of the next page is beneath the register's base, or is not followed: the token goes nowhere else."""
    _stays_beneath(data.decode("utf-8", "replace"))


def _calls() -> list[bytes]:
    prescription = SITE.world.prescription()
    request = fhir.medication_request(prescription, 1, PHYSICIAN, patient_reference="Patient/1")
    headers = fhir_headers.headers(
        pharmacist_id="ab", pharmacy_gln="7350000000009", patient_reference="Patient/1", request_id="r", token="t"
    )
    provenance = headers["x-provenance"]
    return [_as_json(request), base64.b64decode(provenance), b'{"faults": [{"fault": "down"}]}', b'{"fault": "none"}']


@target(seeds=_calls, mutate=json_tree, max_bytes=16_384)
def reference_register(data: bytes) -> None:
    """The reference register says what is wrong with any body or header, in findings, and raises nothing but ValueError for
    what is no JSON object; the settings of its faults are read or refused with a ValueError."""
    header = {"x-provenance": base64.b64encode(data).decode(), "x-patientref": data[:80].decode("latin-1")}
    assert isinstance(calls.header_findings("POST", header), list)
    try:
        resource = calls.parsed(data)
    except ValueError:
        return
    for findings in (rules.request_findings(resource, SITE.now), rules.dispense_findings(resource, SITE.now)):
        assert isinstance(findings, list)
    if not rules.dispense_findings(resource, SITE.now):
        assert isinstance(rules.against(resource, None, 0), list)
    rules.literal_patient(resource)
    with contextlib.suppress(ValueError):
        assert faults.as_json(faults.rehearsal(resource)) is not None


_FAULTS = [
    getattr(identifiers, name) for name in sorted(dir(identifiers)) if name.endswith("_fault") and name != "reservnummer_fault"
]


def _words(data: bytes, random: Random) -> bytes:
    return raw(data, random) if random.random() < 0.7 else "".join(map(chr, _signs(random))).encode("utf-8", "surrogatepass")


def _signs(random: Random) -> list[int]:
    edges = (
        0x20,
        0x7F,
        0x9B,
        0x300,
        0x33F,
        0x5D0,
        0x200B,
        0x202E,
        0x2066,
        0x430,
        0xD800,
        0xE000,
        0xFE0F,
        0xFFFD,
        0x1F468,
        0xE0041,
    )
    return [random.choice((random.choice(edges), random.randrange(0x3000), 0x61)) for _ in range(random.randint(1, 12))]


@target(
    seeds=lambda: [b"191212121212", b"7350000000009", b"SE2321000016-A1B2", "Åsa e\u0301".encode(), b"1.2.752.97.3.1.3"],
    mutate=_words,
    runs=4000,
)
def words(data: bytes) -> None:
    """The text rule and every identifier rule answer with None or a code, whatever the text; what is safe holds only what a
    terminal shows in its place; what is shown of a wrong text can be printed."""
    value = data.decode("utf-8", "surrogatepass" if len(data) % 2 else "replace") if _decodes(data) else data.decode("latin-1")
    code = text.fault(value)
    assert code is None or code.startswith("text_")
    if code is None:
        assert value.isprintable() and value.encode()
    assert text.visible(value).isprintable() and len(text.visible(value)) <= 41
    for fault in _FAULTS:
        found = fault(value)
        assert (found is None and value.isascii()) or isinstance(found, str)
    assert identifiers.reservnummer_fault(value, value) in ("reservnummer_oid", "reservnummer_form")


def _decodes(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True
