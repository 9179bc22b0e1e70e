"""Targets: whoever reads a whole file of a site: settings, keys, lists, images, databases.

Files lie in one folder of their own, which is removed when the process ends.
"""

from __future__ import annotations

import atexit
import base64
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from random import Random
from unittest import mock

import pypdfium2
from cbor2 import CBORTag
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from PIL import Image

from dpr.adapters import key_encryption, page_images, policy_toml, products_mapping
from dpr.adapters.key_files import KeyFile, private_pem
from dpr.adapters.ledger_sql import SqlLedger
from dpr.adapters.mirrors_http import read_etags
from dpr.adapters.products_file import ProductFile
from dpr.adapters.products_import import import_products
from dpr.adapters.trust_files import REVOCATIONS, STATUS, TrustFiles
from dpr.apps import people_csv
from dpr.apps.issuer_entries import Decision, Given
from dpr.apps.issuer_records import FILE, IssuerRecords
from dpr.core import cbor, identifiers
from dpr.core.errors import DocumentError, DprError, InputError, SetupError, StorageError
from dpr.core.policy import Policy
from dpr.core.products import Product
from dpr.core.revocation import Reason
from dpr.core.status import Status
from dpr.core.trust_list import Environment
from tests.adapters.ledger_samples import a_dispensing, a_prescription, everything
from tests.attacks.simulator import Simulator
from tests.fuzz.mutate import raw
from tests.fuzz.site import SITE
from tests.fuzz.target import outcome, target, vectors
from tests.world import EXAMPLES, NOW, signer


@cache
def folder() -> Path:
    """A folder for this process."""
    made = Path(tempfile.mkdtemp(prefix="dpr-fuzz-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def written(name: str, data: bytes) -> Path:
    """`data` in a file of `folder`."""
    path = folder() / name
    path.write_bytes(data)
    return path


_POLICY = b"""environment = "test"
gln = "7350000000009"
offline_dispensing = true
clock_skew_seconds = 60
register_url = "http://127.0.0.1:8080/fhir"
"""


@target(seeds=lambda: [_POLICY, b"", b"trust_list_red_hours = 1_000\n", b'gln = """\n"""', b"[a]\nb.c = [1, {x = 0xff}]"])
def policy(data: bytes) -> None:
    """`policy_toml.load` ends in an InputError, or returns a policy whose numbers are within their limits and whose GLN is one;
    what the file does not say keeps its default."""
    path = written("policy.toml", data)
    found = outcome(lambda: policy_toml.load(path), InputError, StorageError)
    if found is not None:
        assert not found.gln or identifiers.gln_fault(found.gln) is None
        assert 0 <= found.clock_skew_seconds <= 3600 and 1 <= found.register_timeout_seconds <= 120
        assert 0 <= found.special_status_hours <= 24 * 366 and isinstance(found.environment, Environment)
        for name in Policy.__struct_fields__:
            assert name.encode() in data or b"\\u" in data or getattr(found, name) == getattr(Policy(), name)


_MAPPING = b"""format = 1
description = "x"
lenient = true
control_class = [{gives = "II", when = {klass = ["2"]}}]
[columns]
name = ["namn"]
npl_id = ["id"]
"""


@target(seeds=lambda: [_MAPPING, products_mapping.BUILT_IN["vara"].read_bytes()[:2000]], runs=1200)
def mapping(data: bytes) -> None:
    """`products_mapping.load` ends in an InputError or returns a mapping that names a product and a code."""
    path = written("mapping.toml", data)
    found = outcome(lambda: products_mapping.load(str(path)), InputError)
    if found is not None:
        assert found.columns["name"] and found.format == 1


def _keys() -> list[bytes]:
    made = [private_pem(signer("fuzz", algorithm)._private_key) for algorithm in ("ES256", "EdDSA")]
    return [*made, b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", b"-----BEGIN RSA PRIVATE KEY-----\nMA==\n"]


@target(seeds=_keys, runs=800)
def key_file(data: bytes) -> None:
    """`KeyFile.load` ends in a SetupError or returns a key whose signature its own public half takes."""
    path = written("key.pem", data)
    found = outcome(lambda: KeyFile.load(path), SetupError)
    if found is not None:
        assert found.key.verify(found.sign(b"x"), b"x")


def _encrypted_keys() -> list[bytes]:
    key = signer("fuzz")._private_key
    with mock.patch.multiple(key_encryption, SCRYPT_N=2, SCRYPT_P=1):
        made = [private_pem(key, b"x"), private_pem(key, b"another")]
    made.append(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")))
    return [*(_body(one) for one in made), b"0", b"\x30\x84\xff\xff\xff\xff"]


def _body(pem: bytes) -> bytes:
    """The DER in a PEM file."""
    return base64.b64decode(b"".join(pem.split(b"-----")[2].split()))


@target(seeds=_encrypted_keys, runs=800)
def encrypted_key_file(data: bytes) -> None:
    """`KeyFile.load` of an encrypted key ends in a SetupError, before it has spent more than it may, or returns the key."""
    pem = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n%s-----END ENCRYPTED PRIVATE KEY-----\n"
    path = written("key.pem", pem % base64.encodebytes(data))
    with mock.patch.multiple(key_encryption, MOST_ROUNDS=5_000, MOST_MEMORY_BYTES=2**20, MOST_WORK=2**20):
        found = outcome(lambda: KeyFile.load(path, lambda: b"x"), SetupError)
    if found is not None:
        assert found.key.verify(found.sign(b"x"), b"x")


@cache
def _published() -> dict[str, bytes]:
    """What a site holds, by its file."""
    simulator = Simulator().install()
    held = TrustFiles(folder() / "published")
    held.folder.mkdir()
    held.install(simulator.files["root"], fingerprint=None)
    held.bring_in([*simulator.files.values(), *SITE.credentials], now=simulator.now)
    simulator.publish("root", "trust-list", "status", "revocations", "address-book")
    held.bring_in(simulator.files.values(), now=simulator.now)
    paths = [path for path in held.folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    return {path.relative_to(held.folder).as_posix(): path.read_bytes() for path in sorted(paths)}


def _trust_files() -> list[bytes]:
    """The number of a file, and what stands in it; or what stands in a file of the same kind."""
    files = [bytes([number]) + data for number, data in enumerate(_published().values())]
    names = [*_published()]
    lists = names.index("trust-list.cbor")
    return [*files, *(bytes([lists]) + one for one in vectors("trust_list")[:9]), b"\x00" + _published()["roots/1.cbor"]]


def _first_byte_kept(data: bytes, random: Random) -> bytes:
    return data[:1] + raw(data[1:], random)


@target(seeds=_trust_files, mutate=_first_byte_kept, runs=250)
def trust_folder(data: bytes) -> None:
    """With any one file of a site's trust folder torn or replaced, loading and bringing in end in a named error, or trust only
    what the authority and its issuers signed and name what is torn; and the genuine lists mend it."""
    genuine, place = _published(), folder() / "trust"
    shutil.rmtree(place, ignore_errors=True)
    torn = [*genuine][(data[0] if data else 0) % len(genuine)]
    for name, content in (genuine | {torn: data[1:]}).items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
    held, payloads = TrustFiles(place), {_payload(one) for one in genuine.values()}
    trust = outcome(held.load, DprError)
    if trust is not None and torn not in ("root.cbor", "roots/2.cbor"):  # who replaces those may say whom to trust
        for part in (STATUS, REVOCATIONS):
            taken = [name for name in held.list_names(part) if name not in {skipped for skipped, _ in held.skipped}]
            assert all(_payload(held.read_list(name)) in payloads for name in taken)
        assert _payload(held.trust_list(held.root())[1]) in payloads
        assert trust.snapshot is None or _payload(held.read_list("snapshot.cbor")) in payloads
        assert not trust.address_book_version or _payload(held.read_list("address-book.cbor")) in payloads
    outcome(lambda: held.bring_in([data[1:]], now=NOW + 600), DprError)
    if trust is not None and torn != "time-floor.json":
        outcome(lambda: held.bring_in(genuine.values(), now=NOW + 600), DprError)
        assert held.load().trust_list is not None


def _payload(document: bytes) -> bytes:
    """The payload of a COSE_Sign or COSE_Sign1, or the bytes themselves where it is neither."""
    try:
        parts = cbor.decode(document, signed_list=True)
        return bytes(parts.value[2]) if isinstance(parts, CBORTag) else document
    except DocumentError:
        return document


@target(seeds=lambda: [b'{"https://a.example/x":"\\"1f\\""}', b'{"a":"W/\\"2\\""}', b"{}", b'{"a":1}'], runs=800)
def mirror_etags(data: bytes) -> None:
    """`read_etags` returns what can stand in a header, whatever the file says."""
    for etag in read_etags(written("mirrors.json", data)).values():
        assert etag.isascii() and etag.isprintable() and etag.endswith('"')


def _records() -> list[bytes]:
    path = folder() / FILE
    path.unlink(missing_ok=True)
    records = IssuerRecords(folder())
    records.create()
    empty = path.read_bytes()
    with records.changing() as entries:
        for index in (7, 8000):
            text = str(index)
            entries.add(Given(index=index, id="ab", key=text, holder="{}", name=text, valid_from=1, valid_until=2), 1)
            entries.decide(index, Decision(1, Status.REVOKED, "CASE-1", 1, Reason.OTHER))
    return [path.read_bytes(), empty]


@target(seeds=_records, max_bytes=100_000, runs=400)
def issuer_records(data: bytes) -> None:
    """An issuer's record of credentials is read with each index once, or ends in a named error: it is never taken for an
    empty one."""
    written(FILE, data)

    def read() -> int:
        with IssuerRecords(folder()).reading() as entries:
            entries.check()
            indexes = [one.index for one in entries.where()]
            assert len(indexes) == len(set(indexes))
            return len(indexes) + 1

    outcome(read, SetupError, StorageError)


_COLUMNS = b"role;name;prescriber_code;profession;phone;workplace_name;workplace_place;request\n"


@target(seeds=lambda: [(EXAMPLES / "people.csv").read_bytes(), _COLUMNS + b'prescriber;"A;B";1234567;LK;08-465 004 10;C;D;x\n'])
def people_table(data: bytes) -> None:
    """A table of people ends in an InputError for its header, or every line is a row or has a named fault; no fault repeats
    what stands in a field."""
    path = written("people.csv", data)
    found = outcome(lambda: people_csv.read(path, own=("request",)), InputError)
    if found is not None:
        torn = {problem.path.partition(",")[0] for problem in found.problems}
        assert not torn & {f"line {row.line}" for row in found.rows}
        assert all(row.problems or (row.holder and row.own["request"]) for row in found.rows)


def _images() -> list[bytes]:
    made = []
    for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"):
        stream = io.BytesIO()
        Image.linear_gradient("L").resize((24, 16)).save(stream, kind)
        made.append(stream.getvalue())
    pdf, stream = pypdfium2.PdfDocument.new(), io.BytesIO()
    pdf.new_page(40, 30)
    pdf.save(stream)
    return [*made, stream.getvalue(), b"%PDF-1.7\n"]


@contextmanager
def small_images() -> Iterator[None]:
    """The caps of page_images, small enough for many images a second."""
    small = {"MAX_PIXELS": 60_000, "MAX_PAGE_PIXELS": 20_000, "MAX_DECODED_BYTES": 200_000, "_MAX_PDF_PAGE_PIXELS": 20_000}
    with mock.patch.multiple(page_images, **small):
        yield


@target(seeds=_images, max_bytes=8192, runs=1200)
def image(data: bytes) -> None:
    """`page_images.load` ends in a DocumentError or returns pages of grey that are within the caps, whatever the file says of
    its size."""
    with small_images():
        found = outcome(lambda: page_images.load(data), DocumentError)
    if found is not None:
        assert 1 <= len(found.pages) <= page_images.MAX_PAGES
        assert all(page.mode == "L" and page.width * page.height <= 60_000 for page in found.pages)


@cache
def _product_file() -> bytes:
    target_file = folder() / "made.db"
    import_products(EXAMPLES / "products.csv", target_file, mapping=None, imported_at=SITE.now)
    return target_file.read_bytes()


@target(seeds=lambda: [_product_file(), _product_file()[:4096]], max_bytes=100_000, runs=150)
def product_file(data: bytes) -> None:
    """A torn product file ends in a StorageError when it is opened or asked, or answers with products."""
    path = written("products.db", data)

    def ask() -> None:
        with ProductFile.open(path) as opened:
            found = [opened.find(npl_pack_id="20900115100014"), opened.find(npl_id="20900115000011"), *opened.search("a")]
            assert all(one is None or isinstance(one, Product) for one in found)

    outcome(ask, StorageError)


@cache
def _ledger_file() -> bytes:
    path = folder() / "made-ledger.db"
    with SqlLedger.open(path, now=NOW) as ledger:
        ledger.receive(a_prescription(items=2))
        ledger.dispense(a_dispensing(), seen=0)
    return path.read_bytes()


def _head_or_all(data: bytes, random: Random) -> bytes:
    """Damage in the header of 100 bytes, where SQLite has its settings, or anywhere."""
    return raw(data[:100], random)[:100].ljust(100, b"\0") + data[100:] if random.random() < 0.5 else raw(data, random)


@target(seeds=lambda: [_ledger_file()], mutate=_head_or_all, max_bytes=200_000, runs=60)
def ledger_file(data: bytes) -> None:
    """A torn ledger ends in a StorageError when it is opened or read, and is never taken for a new one."""
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (folder() / name).unlink(missing_ok=True)
    path = written("ledger.db", data)

    def read() -> None:
        with SqlLedger.open(path, now=NOW) as ledger:
            assert everything(ledger)[0], "an empty ledger"

    outcome(read, StorageError)
