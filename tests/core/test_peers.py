"""dpr against test data that others made: the COSE working group's examples, and Wycheproof's ECDSA cases.

Rules: the project carries no copy of others' data; these tests are skipped where `../shared/peers` is absent, and use every
file that is there. Every deviation stands in a table with its reason. Others' libraries: test_peer_libraries.py.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from dpr.core import cose
from dpr.core.errors import DocumentError
from dpr.core.keys import PublicKey, decode_key

ROOT = Path(__file__).resolve().parent.parent.parent
PEERS = ROOT.parent / "shared" / "peers"
EXAMPLES = sorted((PEERS / "cose-wg-examples").rglob("*.json"))
WYCHEPROOF = PEERS / "wycheproof" / "ecdsa_secp256r1_sha256_p1363_test.json"

# --- the COSE working group's examples ----------------------------------------------------------------------------------

CURVES = {"P-256": 1, "P-384": 2, "P-521": 3, "Ed25519": 6, "Ed448": 7}
#: Examples that the working group passes and we refuse → code, reason.
STRICTER = {
    "sign-pass-01": ("cose_header", "alg is unprotected: anybody could change it"),
    "sign-pass-03": ("cose_tag", "untagged: the tag says what was signed"),
    "ecdsa-04": ("nobody", "ES512 by a key of P-256: we bind the algorithm to the curve"),
    "ecdsa-sig-04": ("cose_algorithm", "ES512 by a key of P-256: we bind the algorithm to the curve"),
    "eddsa-02": ("key_unsupported", "Ed448: one EdDSA curve is enough"),
    "eddsa-sig-02": ("key_unsupported", "Ed448: one EdDSA curve is enough"),
}


def key_of(written: dict[str, str]) -> PublicKey:
    """The public key of an example."""

    def member(name: str) -> bytes:
        if f"{name}_hex" in written:
            return bytes.fromhex(written[f"{name}_hex"])
        return base64.urlsafe_b64decode(written[name] + "=" * (-len(written[name]) % 4))

    crv = CURVES[written["crv"]]
    if written["kty"] == "OKP":
        return decode_key({1: 1, -1: crv, -2: member("x")})
    return decode_key({1: 2, -1: crv, -2: member("x"), -3: member("y")})


def judged(example: dict[str, Any]) -> str:
    """`accepted`, `nobody` where a COSE_Sign verified under no key, or the code it was refused with."""
    given, message = example["input"], bytes.fromhex(example["output"]["cbor"])
    try:
        if "sign0" in given:
            aad = bytes.fromhex(given["sign0"].get("external", ""))
            opened = cose.verify1(message, key_of(given["sign0"]["key"]), external_aad=aad)
            assert opened.payload == given["plaintext"].encode()
            return "accepted"
        keys = [key_of(one["key"]) for one in given["sign"]["signers"]]
        signed = cose.verify(message, keys)
        assert signed.payload == given["plaintext"].encode()
        return "accepted" if signed.signed_by == set(keys) else "nobody"
    except DocumentError as error:
        return error.code


@pytest.mark.skipif(not EXAMPLES, reason="no ../shared/peers/cose-wg-examples")
def test_every_example_of_the_cose_working_group_is_judged_as_there_or_stricter_for_a_reason() -> None:
    answers = {path.stem: judged(json.loads(path.read_text("utf-8"))) for path in EXAMPLES}
    fails = {path.stem for path in EXAMPLES if json.loads(path.read_text("utf-8")).get("fail")}
    assert len(answers) == 21 and len(fails) == 6
    assert {name for name in fails if answers[name] == "accepted"} == set()
    deviating = {name: answer for name, answer in answers.items() if name not in fails and answer != "accepted"}
    assert deviating == {name: code for name, (code, _) in STRICTER.items()}


# --- Wycheproof -----------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not WYCHEPROOF.exists(), reason="no ../shared/peers/wycheproof")
def test_every_wycheproof_case_of_es256_is_judged_as_there() -> None:
    """No case is `acceptable` in this file; if one comes, somebody has to decide."""
    judged, wrong = 0, []
    for group in json.loads(WYCHEPROOF.read_text("utf-8"))["testGroups"]:
        point = bytes.fromhex(group["publicKey"]["uncompressed"])
        key = decode_key({1: 2, -1: 1, -2: point[1:33], -3: point[33:]})
        assert decode_key(key.to_cose()) == key
        for case in group["tests"]:
            judged += 1
            expected = {"valid": True, "invalid": False}[case["result"]]
            if key.verify(bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"])) is not expected:
                wrong.append((case["tcId"], case["comment"]))
    assert (judged, wrong) == (262, [])


@pytest.mark.skipif(not PEERS.exists(), reason="no ../shared/peers")
def test_every_file_of_others_test_data_is_used() -> None:
    assert set(PEERS.rglob("*.json")) == {*EXAMPLES, WYCHEPROOF}
