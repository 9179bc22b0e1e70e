"""dpr's chain beside X.509: who signed, proved by a path of certificates, and what is revoked, by a CRL.

Rules: the certificates say what dpr's chain says, as small as can be: the authority's root, the issuer's certificate with the
scope that the trust list has (professions and kinds as extended key usages under the example arc 2.999, names below its own by
a critical name constraint, RFC 5280 §4.2.1.10), and the prescriber's of benchmarks.formats_x509 with its profession and a name.
Path validation is that of `cryptography` for clients, with its own policies, from DER to a verified chain. What only dpr does
is timed with dpr, and not with X.509: comparing profession and scope, reading the prescription. Serial numbers have 8 bytes.

Example: `validated(chain(World()))` → [leaf, issuer, root]
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store

from benchmarks import x509_crl
from benchmarks.__main__ import ROOT, Row
from benchmarks.formats_x509 import certificate
from benchmarks.measure import ratio
from benchmarks.verdict import MEASURED
from dpr.adapters.key_files import KeyFile
from dpr.core import cose, documents
from tests.world import CARE, World

RECORD = ROOT / "build" / "x509.json"
ROUNDS, CALLS = 400, 2
_KEY_USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)
_HOST = f"{CARE.lower()}.example"
_BELOW = x509.RFC822Name(_HOST)


class X509Chain(NamedTuple):
    """DER of what travels (leaf, issuer), the root that the verifier holds, and when to judge."""

    leaf: bytes
    issuer: bytes
    root: x509.Certificate
    at: datetime


def _oid(*arcs: int) -> x509.ObjectIdentifier:
    return x509.ObjectIdentifier(".".join(map(str, (2, 999, *arcs))))


def _usage(*usages: x509.ObjectIdentifier) -> x509.ExtendedKeyUsage:
    """With the usage that the library demands of a client and of every certificate above it."""
    return x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, *usages])


def _authority_certificate(
    key: KeyFile,
    signed_by: KeyFile,
    names: tuple[x509.Name, x509.Name],
    depth: int,
    at: datetime,
    *extensions: tuple[x509.ExtensionType, bool],
) -> x509.Certificate:
    """A certificate that may sign others; `names`: its own and its issuer's; `depth`: how many of its kind may stand below."""
    may = dict.fromkeys(_KEY_USAGES, False) | {"key_cert_sign": True, "crl_sign": True}
    public, above = key._private_key.public_key(), signed_by._private_key.public_key()
    built = (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(public)
        .serial_number(x509_crl.serial(names[0].rfc4514_string()))
        .not_valid_before(at - timedelta(days=400))
        .not_valid_after(at + timedelta(days=400))
        .add_extension(x509.BasicConstraints(True, depth), critical=True)
        .add_extension(x509.KeyUsage(**may), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above), critical=False)
    )
    for extension, critical in extensions:
        built = built.add_extension(extension, critical)
    return built.sign(signed_by._private_key, hashes.SHA256(), ecdsa_deterministic=True)


def chain(world: World, *, below: x509.GeneralName = _BELOW, critical: bool = True) -> X509Chain:
    """The chain that says what `world`'s trust list and its prescriber's credential say. `below`: the names that the issuer
    may give, a constraint that is `critical` or not."""
    at = datetime.fromtimestamp(world.now, UTC)
    issuer, holder = world.issuers()[0], world.credential_value().holder
    plain = x509.load_der_x509_certificate(certificate(world))
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, world.anchor.authority)])
    root = _authority_certificate(world.root, world.root, (root_name, root_name), 1, at)
    scope = _usage(*(_oid(1, one) for one in issuer.professions), *(_oid(2, one) for one in issuer.kinds))
    names = x509.NameConstraints([below], None)
    extensions = ((scope, False), (names, critical))
    middle = _authority_certificate(world.care, world.root, (plain.issuer, root_name), 0, at, *extensions)
    assert holder.profession is not None
    built = (
        x509.CertificateBuilder()
        .subject_name(plain.subject)
        .issuer_name(plain.issuer)
        .public_key(plain.public_key())
        .serial_number(plain.serial_number)
        .not_valid_before(plain.not_valid_before_utc)
        .not_valid_after(plain.not_valid_after_utc)
        .add_extension(_usage(_oid(1, holder.profession)), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(f"{holder.prescriber_code}@{_HOST}")]), critical=False)
    )
    for extension in plain.extensions:
        built = built.add_extension(extension.value, extension.critical)
    leaf = built.sign(world.care._private_key, hashes.SHA256(), ecdsa_deterministic=True)
    return X509Chain(leaf.public_bytes(Encoding.DER), middle.public_bytes(Encoding.DER), root, at)


def validated(made: X509Chain, *, issuer_held: bool = False) -> list[x509.Certificate]:
    """The path from the leaf up, built and verified; `issuer_held`: the verifier trusts the issuer's certificate itself.
    `cryptography.x509.verification.VerificationError`."""
    middle = x509.load_der_x509_certificate(made.issuer)
    store = Store([middle if issuer_held else made.root])
    return _path(made, store, held=issuer_held)


def _path(made: X509Chain, store: Store, *, held: bool) -> list[x509.Certificate]:
    leaf = x509.load_der_x509_certificate(made.leaf)
    between = [] if held else [x509.load_der_x509_certificate(made.issuer)]
    return PolicyBuilder().store(store).time(made.at).build_client_verifier().verify(leaf, between).chain


# --- time -------------------------------------------------------------------------------------------------------------------


def chains(rounds: int = ROUNDS) -> dict[str, dict[str, float]]:
    """Name → `ratio` against the bare ES256 verification, `microseconds`. A whole document of a signer never seen: `x509` (leaf
    and issuer travel), `x509_held` (the leaf travels), `dpr`; who signed it alone: `x509_path`, `dpr_credential`."""
    world = World()
    written = json.loads(sorted(MEASURED.glob("one-item*.json"))[0].read_text("utf-8"))
    document = world.prescription_document(world.prescription(written))
    credential, trust, made = world.credential(), world.trust(), chain(world)
    root, middle = Store([made.root]), Store([x509.load_der_x509_certificate(made.issuer)])
    protected, payload, signature = documents.split(document)
    data, scheme = cose.to_be_signed1(protected, payload), ec.ECDSA(hashes.SHA256())
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    signer = world.prescriber.key.key
    assert isinstance(signer, ec.EllipticCurvePublicKey)

    def by_x509(store: Store, *, held: bool) -> None:
        key = _path(made, store, held=held)[0].public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        key.verify(der, data, scheme)

    def by_dpr() -> object:
        trust.forget()
        return documents.open(document, trust)

    works: dict[str, Callable[[], object]] = {
        "x509": partial(by_x509, root, held=False),
        "x509_held": partial(by_x509, middle, held=True),
        "dpr": by_dpr,
        "x509_path": partial(_path, made, root, held=False),
        "dpr_credential": lambda: documents.open_credential(credential, trust),
    }
    found = {}
    for name, work in works.items():
        times, seconds, _ = ratio(work, lambda: signer.verify(der, data, scheme), rounds=rounds, calls=CALLS)
        found[name] = {"ratio": times, "microseconds": seconds * 1e6}
    return found


def sizes() -> dict[str, int]:
    """Bytes of what travels and of what a reader holds for one issuer."""
    world, made = World(), chain(World())
    two, one = (len(world.trust_list(issuers=world.issuers()[first:2])) for first in (0, 1))
    return {
        "x509_leaf": len(made.leaf),
        "x509_issuer": len(made.issuer),
        "dpr_credential": len(world.credential()),
        "dpr_issuer": two - one,
    }


def measured() -> dict[str, Any]:
    """All of it, as it stands in docs/figures/x509.json; numbers rounded to four significant digits."""
    return rounded({"sizes": sizes(), "chains": chains(), "lists": x509_crl.measured()})


def rounded(found: dict[str, Any]) -> dict[str, Any]:
    """`found` with its fractions at four significant digits."""
    return {name: _rounded(value) for name, value in found.items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return rounded(value)
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def rows() -> list[Row]:
    """Ratios and bytes of the chain; bytes and times of the lists of what is revoked, at 0.1 % of a million."""
    found = measured()
    RECORD.parent.mkdir(exist_ok=True)
    RECORD.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    size, spent, revoked = found["sizes"], found["chains"], found["lists"][0]
    return [
        Row("dpr_chain_ratio", spent["dpr"]["ratio"], "× bare ES256"),
        Row("x509_chain_ratio", spent["x509"]["ratio"], "× bare ES256"),
        Row("x509_held_ratio", spent["x509_held"]["ratio"], "× bare ES256"),
        Row("dpr_chain_bytes", size["dpr_credential"], "bytes"),
        Row("x509_chain_bytes", size["x509_leaf"] + size["x509_issuer"], "bytes"),
        Row("status_list_1m_bytes", revoked["status_list_bytes"], "bytes"),
        Row("revocations_1m_bytes", revoked["revocations_bytes"], "bytes"),
        Row("crl_1m_bytes", revoked["crl_bytes"], "bytes"),
        Row("status_list_load_ms", revoked["status_list_load_ms"], "ms"),
        Row("revocations_load_ms", revoked["revocations_load_ms"], "ms"),
        Row("crl_load_ms", revoked["crl_load_ms"], "ms"),
        Row("status_lookup_us", revoked["status_lookup_us"], "µs"),
        Row("crl_lookup_us", revoked["crl_lookup_us"], "µs"),
    ]
