"""dpr beside its peers: verifying, what is refused, and the same prescription in other formats.

Rules: everything is measured in this run and written to build/peers.json, with the versions it was measured with;
`python -m benchmarks.plots` takes it from there into docs/figures. Rows hold one item with the proof of who signed inside.

Example: `rows()[0].name == "cose_verify1_ratio"`
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from typing import Any

from benchmarks import formats, peers_verify, stages
from benchmarks.__main__ import ROOT, Row

RECORD = ROOT / "build" / "peers.json"
_OURS = ("cbor2", "cryptography", "msgspec", "qrcode")
_THEIRS = ("cwt", "pycose", "cbor2", "cryptography", "base45", "jwcrypto", "sd-jwt", "pymdoccbor")


def measured() -> dict[str, Any]:
    """All of it, as it stands in docs/figures/peers.json; numbers rounded to four significant digits."""
    found = {
        "machine": f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}",
        "versions": {"dpr": {name: version(name) for name in _OURS}, "peers": _versions()},
        "verify": peers_verify.times(),
        "strictness": peers_verify.strictness(),
        "formats": formats.measured(),
        "stages": stages.measured(),
    }
    rounded: dict[str, Any] = _rounded(found)
    return rounded


def _versions() -> dict[str, str]:
    code = f"import json, importlib.metadata as m; print(json.dumps({{n: m.version(n) for n in {_THEIRS!r}}}))"
    ran = subprocess.run([peers_verify.PEER_PYTHON, "-c", code], capture_output=True, text=True, check=True)
    versions: dict[str, str] = json.loads(ran.stdout)
    return versions


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def rows() -> list[Row]:
    """cose_verify1_ratio, peer_cwt_verify_ratio, peer_pycose_verify_ratio; qr_version_… and bytes_… of five formats.
    None where the peers' environment is missing."""
    if not peers_verify.PEER_PYTHON.exists():
        print(f"{peers_verify.PEER_PYTHON} is missing, so no peer was measured: run make setup", file=sys.stderr)
        return []
    found = measured()
    RECORD.parent.mkdir(exist_ok=True)
    RECORD.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    ratios = {name: entry["ratio"] for name, entry in found["verify"].items()}
    one = {entry["family"]: entry["one"] for entry in found["formats"] if entry["shown"]}
    version_unit, bytes_unit = "version, largest of the set", "bytes, largest of the set"
    return [
        Row("cose_verify1_ratio", ratios["verify1"], "× bare ES256"),
        Row("peer_cwt_verify_ratio", ratios["cwt"], "× bare ES256"),
        Row("peer_pycose_verify_ratio", ratios["pycose"], "× bare ES256"),
        Row("qr_version_dpr", one["dpr"]["version"], version_unit),
        Row("qr_version_dcc", one["dcc"]["version"], version_unit),
        Row("qr_version_shc", one["shc"]["version"], version_unit),
        Row("qr_version_mdoc", one["mdoc"]["version"], version_unit),
        Row("qr_version_sdjwt", one["sdjwt"]["version"], version_unit),
        Row("bytes_dpr", one["dpr"]["bytes"], bytes_unit),
        Row("bytes_dcc", one["dcc"]["bytes"], bytes_unit),
        Row("bytes_shc", one["shc"]["bytes"], bytes_unit),
        Row("bytes_mdoc", one["mdoc"]["bytes"], bytes_unit),
        Row("bytes_sdjwt", one["sdjwt"]["bytes"], bytes_unit),
    ]
