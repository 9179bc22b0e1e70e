"""Targets: whoever reads a whole file of a site: settings, keys, lists, images, databases.

Files lie in one folder of their own, which is removed when the process ends.
"""

from __future__ import annotations

import atexit
import io
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from random import Random
from unittest import mock

import pypdfium2
from PIL import Image

from dpr.adapters import page_images, policy_toml, products_mapping
from dpr.adapters.key_files import KeyFile, private_pem
from dpr.adapters.ledger_sql import SqlLedger
from dpr.adapters.products_file import ProductFile
from dpr.adapters.products_import import import_products
from dpr.adapters.trust_files import TrustFiles, write_anchor
from dpr.apps.issuer_records import IssuerRecords
from dpr.core import documents, identifiers
from dpr.core.errors import DocumentError, DprError, InputError, SetupError, StorageError
from dpr.core.policy import Policy
from dpr.core.products import Product
from dpr.core.trust_list import Environment
from tests.adapters.ledger_samples import a_dispensing, a_prescription, everything
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


def _trust_files() -> list[bytes]:
    version = b'{"version":1,"issued_at":%d,"sha256":"%s"}\n' % (NOW, b"0" * 64)
    lists = [b"L" + SITE.trust_list, *(b"S" + one for one in SITE.status_lists), *(b"C" + one for one in SITE.credentials)]
    return [b"A" + write_anchor(SITE.world.anchor), b"V" + version, *lists, *(b"L" + one for one in vectors("trust_list")[:9])]


_PLACES = {
    "A": "anchor.json",
    "L": "trust-list.cbor",
    "V": "trust-list.version",
    "S": "status/s.cbor",
    "C": "credentials/c.cbor",
}


def _first_byte_kept(data: bytes, random: Random) -> bytes:
    return data[:1] + raw(data[1:], random)


@target(seeds=_trust_files, mutate=_first_byte_kept, runs=250)
def trust_folder(data: bytes) -> None:
    """With any one file of the trust folder torn or replaced, loading and bringing in end in a named error or trust only what
    the authority and its issuers signed; a torn list among many is named in `skipped`."""
    place = folder() / "trust"
    shutil.rmtree(place, ignore_errors=True)
    for name, content in (("A", write_anchor(SITE.world.anchor)), ("L", SITE.trust_list), ("C", SITE.credentials[0])):
        path = place / _PLACES[name]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    torn = place / _PLACES.get(data[:1].decode("latin-1"), "trust-list.version")
    torn.parent.mkdir(exist_ok=True)
    torn.write_bytes(data[1:])
    held = TrustFiles(place)
    found = outcome(held.load, DprError)
    if found is not None and data[:1] != b"A":
        assert cbor_payload(place / "trust-list.cbor") in SITE.signed_lists
        assert all(documents.split(one.document)[:2] in SITE.genuine for one in held.credentials)
    outcome(lambda: held.bring_in(data[1:], now=NOW), DprError)


def cbor_payload(path: Path) -> bytes:
    """The payload of a COSE_Sign in a file."""
    payload = documents.cbor.decode(path.read_bytes()).value[2]
    assert isinstance(payload, bytes)
    return payload


def _records() -> list[bytes]:
    return [json.dumps({"credentials": [{"index": n, "id": "ab", "status": "revoked"} for n in range(3)]}).encode(), b"{}"]


@target(seeds=_records, runs=800)
def issuer_records(data: bytes) -> None:
    """An issuer's record of credentials is read with each index in its place, or ends in a SetupError: it is never taken for
    an empty one."""
    records = IssuerRecords(folder())
    written("credentials.json", data)

    def read() -> int:
        with records.alone() as given:
            assert [one.index for one in given] == [*range(len(given))]
            return len(given) + 1

    outcome(read, SetupError)


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
