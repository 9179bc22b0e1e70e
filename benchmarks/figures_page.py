"""The tables of docs/figures.md, from docs/figures/*.json, each between two markers.

Rules: every measured number on the page stands in a table made here, so that none can drift; where the numbers are not there,
nothing stands between the markers. What stands outside the markers is written by hand and has no measured number.

Example: `filled(page, Path("docs/figures"))`
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

_LIBRARIES = {"verify1": "dpr, `cose.verify1`", "cwt": "python-cwt", "pycose": "pycose"}
_STAGES = {
    "text": "QR text to bytes",
    "credential_signature": "the credential's signature",
    "credential_rest": "the credential, the rest",
    "chain": "frame, header, who signed, digest",
    "signature": "the signature (bare ES256)",
    "claims": "claims read",
    "checks": "the numbered checks",
}
_READING = """## Damaged codes read

![One line for each kind of damage, on it a mark for dpr, for zxing-cpp alone and for zbar alone, at the share of damaged codes
that it read. dpr stands at the right of both or beside them for every kind, zbar alone mostly at the left. The numbers are in
the table below.](figures/reading.svg)

Codes of real prescriptions, every kind of damage at five strengths from slight to almost nothing left. dpr tries both readers
and several treatments of the picture one after the other; the readers alone get one try with the settings that their packages
begin with. How the pictures are made: `benchmarks/damaged_codes.py`.

![A contact sheet: sixteen kinds of damage, five strengths of each, every picture with a part of it enlarged. Under each stand
the names of the readers that read it; the names of those that did not are struck through.](figures/damaged-codes.png)

"""


def _table(head: Iterable[str], rows: Iterable[Iterable[Any]], right: int) -> str:
    """A table whose columns from number `right` on stand at the right."""
    names = list(head)
    rules = ["---"] * right + ["---:"] * (len(names) - right)
    lines = [f"| {' | '.join(names)} |", f"|{'|'.join(rules)}|"]
    return "\n".join([*lines, *(f"| {' | '.join(map(str, row))} |" for row in rows)])


def formats_table(peers: dict[str, Any]) -> str:
    """Each format: bytes, characters, version for one and three items, and who verified it."""
    rows = []
    for entry in peers["formats"]:
        cells = [entry["title"], entry["proof"] or "none"]
        for name in ("one", "three"):
            sizes = entry[name]
            cells += [sizes["bytes"], sizes["characters"], sizes["version"] or "none"]
        rows.append([*cells, entry["verified_by"].replace(" ", "\u00a0").replace(",\u00a0", ", ")])
    head = ("format", "proof", "1 item: bytes", "in the code", "version", "3 items: bytes", "in the code", "version")
    return _table((*head, "verified by"), rows, 2)


def verify_table(peers: dict[str, Any]) -> str:
    """Each library's ratio and time."""
    rows = [
        (label, f"{peers['verify'][name]['ratio']:.3g} ×", f"{peers['verify'][name]['microseconds']:.0f}")
        for name, label in _LIBRARIES.items()
    ]
    bare = [("bare ES256, dpr's environment", "1 ×", f"{peers['verify']['bare']['microseconds']:.0f}")]
    bare += [("bare ES256, the peers' environment", "1 ×", f"{peers['verify']['bare_of_peers']['microseconds']:.0f}")]
    return _table(("library", "× bare ES256", "microseconds"), [*rows, *bare], 1)


def strictness_table(peers: dict[str, Any]) -> str:
    """What each library takes, asked by the vectors."""
    found = peers["strictness"]["peers"]
    names = ("dpr", "cwt", "pycose")
    total = peers["strictness"]["refused"]
    rows: list[tuple[Any, ...]] = [
        (question, *("taken" if found[name]["questions"][question] else "refused" for name in names))
        for question in found["dpr"]["questions"]
    ]
    rows.append((f"of the {total} refused vectors, taken", *(found[name]["taken"] for name in names)))
    rows.append(
        (f"of the {peers['strictness']['accepted']} accepted, refused", *(found[name]["good_refused"] for name in names))
    )
    return _table(("a COSE_Sign1 with", "dpr", "python-cwt", "pycose"), rows, 1)


def stages_table(peers: dict[str, Any]) -> str:
    """Microseconds of each stage."""
    stages = peers["stages"]
    rows = [
        (label, *(f"{stages[name][stage]:.0f}" if stage in stages[name] else "" for name in ("seen", "new")))
        for stage, label in _STAGES.items()
    ]
    rows.append(("in all", *(f"{sum(stages[name].values()):.0f}" for name in ("seen", "new"))))
    return _table(("stage", "signer seen before, µs", "new signer, µs"), rows, 1)


def versions_table(peers: dict[str, Any]) -> str:
    """Machine and versions."""
    listed = {name: ", ".join(f"{one} {at}" for one, at in of.items()) for name, of in peers["versions"].items()}
    rows = [("machine", peers["machine"]), ("dpr's environment", listed["dpr"]), ("the peers' environment", listed["peers"])]
    return _table(("", ""), rows, 2)


#: Reader in reading.json → its name on the page and in the plot.
READERS = {"cascade": "dpr", "zxing": "zxing-cpp alone", "zbar": "zbar alone", "union": "either of the two"}


def reading_shares(reading: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Kind of damage → reader of `READERS` → percent read; all kinds first, then those that dpr reads best."""
    kinds = sorted(reading["by_kind"].items(), key=lambda entry: -entry[1]["cascade"])
    return {
        kind.replace("_", " "): {reader: 100 * shares[reader] for reader in READERS}
        for kind, shares in [("all kinds", reading["all"]), *kinds]
    }


def reading_section(reading: dict[str, Any]) -> str:
    """The whole section: plot, words, table."""
    counted = f"{reading['images']} images; texts read that were never written: {reading['false']}.\n\n"
    return f"{_READING}{counted}{reading_table(reading)}"


def reading_table(reading: dict[str, Any]) -> str:
    """Percent read by each reader, a line a kind of damage."""
    rows = [(kind, *(f"{shares[reader]:.0f}" for reader in READERS)) for kind, shares in reading_shares(reading).items()]
    return _table(("kind of damage", *(f"{name}, %" for name in READERS.values())), rows, 1)


#: Name in x509.json → what is verified, and the parts of its sizes that travel.
CHAINS = {
    "dpr": ("a signed document of a new signer: dpr (credential inside; read as well)", ("dpr_credential",)),
    "x509": ("the same with certificates: the signer's and the issuer's travel", ("x509_leaf", "x509_issuer")),
    "x509_held": ("the same, the issuer's certificate already held", ("x509_leaf",)),
    "dpr_credential": ("who signed, alone: dpr's credential", ("dpr_credential",)),
    "x509_path": ("who signed, alone: path of both certificates", ("x509_leaf", "x509_issuer")),
}


def chains_table(x509: dict[str, Any]) -> str:
    """Each way to prove who signed: times the bare verification, microseconds, bytes that travel."""
    rows = [
        (label, f"{spent['ratio']:.3g} ×", f"{spent['microseconds']:.0f}", sum(x509["sizes"][part] for part in parts))
        for name, (label, parts) in CHAINS.items()
        for spent in (x509["chains"][name],)
    ]
    return _table(("what is verified", "× bare ES256", "microseconds", "bytes that travel"), rows, 1)


#: List → its name in x509.json, and of its lookup.
_LISTS = {
    "status list, 1 bit": ("status_list", "status_lookup_us"),
    "list of revocations (since when, why)": ("revocations", "revocation_lookup_us"),
    "CRL (since when)": ("crl", "crl_lookup_us"),
}


def revoked_table(x509: dict[str, Any]) -> str:
    """Each list of what is revoked, at each share: bytes, load, lookup."""
    rows = [
        (f"{one['revoked']:,}", label, f"{one[f'{name}_bytes']:,}", f"{one[f'{name}_load_ms']:.3g}", f"{one[lookup]:.3g}")
        for one in sorted(x509["lists"], key=lambda one: one["revoked"])
        for label, (name, lookup) in _LISTS.items()
    ]
    return _table(("revoked", "list", "bytes", "load, ms", "lookup, µs"), rows, 2)


def scale_table(trust: dict[str, Any]) -> str:
    """What a country's lists cost a pharmacy."""
    scale = trust["scale"]
    rows = [
        ("issuers", f"{scale['issuers']:,}"),
        ("status entries of all of them", f"{scale['entries']:,}"),
        ("credentials held", f"{scale['credentials']:,}"),
        ("lists as they are fetched", f"{trust['published_bytes'] / 1e6:.2f} MB in {trust['published_files']:,} files"),
        ("of these, the trust list", f"{trust['trust_list_bytes'] / 1e6:.2f} MB"),
        ("loaded and verified from files", f"{trust['load_seconds']:.2f} s"),
        ("the same, the first time in a process", f"{trust['first_load_seconds']:.2f} s"),
        ("memory of the process that holds them (resident)", f"{trust['resident_bytes'] / 1e6:.0f} MB"),
        ("of the same before it loaded them", f"{trust['resident_before_bytes'] / 1e6:.0f} MB"),
        ("what they add, as Python counts it", f"{trust['python_bytes'] / 1e6:.0f} MB"),
        ("status of a credential", f"{trust['status_lookup_us']:.2g} µs"),
        ("a held credential, found and verified for the first time", f"{trust['held_lookup_us']:.0f} µs"),
    ]
    return _table(("", ""), rows, 1)


#: Name in trust.json → which verdict it is.
VERDICTS = {
    "cached": "signer seen before",
    "uncached": "new signer",
    "held": "new signer, credential held by the pharmacy",
    "earlier": "as of a day before the lists, as in an audit",
}


def growth_table(trust: dict[str, Any]) -> str:
    """A verdict with the small lists and with the large ones."""
    rows = [
        (label, f"{one['small_us']:.0f}", f"{one['large_us']:.0f}", f"{one['ratio']:.3f} ×")
        for name, label in VERDICTS.items()
        for one in (trust["verdicts"][name],)
    ]
    return _table(("QR text to verdict", "3 issuers, µs", "all of them, µs", "ratio"), rows, 1)


#: Name of a table → (the file of docs/figures it is made from, what makes it).
TABLES: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
    "formats": ("peers.json", formats_table),
    "verify": ("peers.json", verify_table),
    "strictness": ("peers.json", strictness_table),
    "stages": ("peers.json", stages_table),
    "versions": ("peers.json", versions_table),
    "chains": ("x509.json", chains_table),
    "revoked": ("x509.json", revoked_table),
    "scale": ("trust.json", scale_table),
    "growth": ("trust.json", growth_table),
    "reading": ("reading.json", reading_section),
}


def filled(page: str, figures: Path) -> str:
    """`page` with every table that it has markers for. ValueError for a marker that stands alone or twice."""
    for name, (source, make) in TABLES.items():
        begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
        if page.count(begin) != page.count(end) or page.count(begin) > 1:
            raise ValueError(f"the markers of {name} must stand once each")
        if begin in page:
            path = figures / source
            content = make(json.loads(path.read_text("utf-8"))) if path.exists() else None
            head, _, rest = page.partition(begin)
            inside = f"{content}\n" if content else ""
            page = f"{head}{begin}\n{inside}{end}{rest.partition(end)[2]}"
    return page
