"""The fuzz targets for a fixed number of inputs from a fixed seed; `make fuzz` runs them for longer.

With atheris the runs are guided by coverage; without it the same targets get seeded mutations of the same corpus.
"""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.all_targets import TARGETS
from tests.fuzz.target import CORPUS

ROOT = Path(__file__).resolve().parent.parent.parent
#: Two runs of about the same length: one for each of two processors.
HALVES = ([*TARGETS][::2], [*TARGETS][1::2])


@pytest.mark.parametrize("names", HALVES, ids=["one half", "other half"])
def test_every_target_keeps_its_invariant_over_a_short_seeded_run(names: list[str], tmp_path: Path) -> None:
    words = [sys.executable, "-m", "tests.fuzz", "short", *names]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
    ran = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    done = dict(re.findall(r"^ok +(\w+) +([0-9]+) inputs", ran.stdout, re.MULTILINE))
    assert {name: int(done[name]) >= TARGETS[name].runs > 0 for name in names} == dict.fromkeys(names, True), ran.stdout


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_says_its_invariant_and_keeps_a_small_corpus(name: str) -> None:
    target = TARGETS[name]
    assert len(target.invariant) > 60 and target.invariant.endswith(".")
    kept = [*(CORPUS / name).glob("*")]
    assert target.corpus() and len(kept) <= 40 and all(path.stat().st_size <= 2048 for path in kept)
    for data in target.corpus():
        target.run(data)


def test_a_corpus_belongs_to_a_target() -> None:
    assert {path.name for path in CORPUS.iterdir() if path.is_dir()} <= TARGETS.keys()


#: Functions that read what comes from outside, and the target that covers each.
READERS = {
    "dpr/core/cbor.py": {"decode": "cbor", "encode": "cbor_writing"},
    "dpr/core/cose.py": {"verify1": "cose_sign1", "verify": "cose_sign", "payload_of": "key_request_"},
    "dpr/core/keys.py": {"decode_key": "key"},
    "dpr/core/key_request.py": {"read": "key_request_"},
    "dpr/core/qr.py": {"from_text": "qr_text", "document_of": "qr_body", "read": "gathering"},
    "dpr/core/qr_parts.py": {"Gathering": "gathering", "from_texts": "qr_text"},
    "dpr/core/authority_documents.py": {
        "open_root": "root",
        "fingerprint": "root",
        "open_snapshot": "snapshot",
        "open_address_book": "address_book",
        "open_trust_list": "trust_list",
    },
    "dpr/core/ceremony.py": {
        "read_draft": "ceremony_draft",
        "content_of": "ceremony_file",
        "read_signature": "ceremony_signature",
    },
    "dpr/core/documents.py": {
        "open": "document",
        "split": "document",
        "open_trust_list": "trust_list",
        "open_credential": "credential",
        "read_claims": "signed_dispensing",
    },
    "dpr/core/verify.py": {"verify": "verdict"},
    "dpr/core/mail/bundle.py": {"read": "bundle"},
    "dpr/core/mail/carried.py": {"typ_of": "carried_document"},
    "dpr/core/mail/watching.py": {"watch": "relay_watched"},
    "dpr/adapters/mailbox_http.py": {"code_of": "relay_problem"},
    "dpr/apps/mail_status.py": {"read_status": "mail_status"},
    "dpr/core/mail/sealing.py": {"read": "sealed_message", "unpad": "padded_message"},
    "dpr/core/mail/receipts.py": {"read": "receipt_bytes"},
    "dpr/core/mail/api.py": {"read": "mail_body"},
    "dpr/core/mail/chain.py": {"extend": "receipts_shown"},
    "dpr/core/mail/recipient.py": {"recipient": "mail_key_of_entry"},
    "dpr/core/mail/directory.py": {"search": "signed_address_book", "queue_of": "recipient_table"},
    "dpr/core/mail/bundle_verify.py": {"verify": "bundle"},
    "dpr/apps/receipt_content.py": {"contents": "receipt_contents"},
    "dpr/core/status.py": {"inflate": "signed_status_list"},
    "dpr/core/drafts.py": {"read": "draft", "parse": "description"},
    "dpr/core/text.py": {"fault": "words", "visible": "words"},
    "dpr/core/fhir.py": {"looks_the_same": "register_answer"},
    "dpr/adapters/register_answers.py": {"page_of": "register_answer", "no": "register_answer", "beneath": "next_page"},
    "dpr/adapters/policy_toml.py": {"load": "policy"},
    "dpr/adapters/products_mapping.py": {"load": "mapping"},
    "dpr/adapters/products_csv.py": {"Reading": "products_csv"},
    "dpr/adapters/products_file.py": {"ProductFile": "product_file"},
    "dpr/adapters/trust_files.py": {"TrustFiles": "trust_folder"},
    "dpr/adapters/trust_bring_in.py": {"bring_in": "trust_folder"},
    "dpr/adapters/trust_root.py": {"held": "trust_folder"},
    "dpr/adapters/trust_address_book.py": {"opened": "trust_folder", "version": "trust_folder"},
    "dpr/adapters/trust_credentials.py": {"HeldCredentials": "trust_folder"},
    "dpr/core/succession.py": {"succession": "trust_folder"},
    "dpr/adapters/time_floor.py": {"read": "trust_folder"},
    "dpr/adapters/mirrors_http.py": {"read_etags": "mirror_etags"},
    "dpr/adapters/key_files.py": {"KeyFile": "key_file"},
    "dpr/adapters/opening_keys.py": {"OpeningKeys": "opening_key_file"},
    "dpr/adapters/key_encryption.py": {"body": "encrypted_key_file", "decrypt": "encrypted_key_file"},
    "dpr/adapters/ledger_file.py": {"open_file": "ledger_file"},
    "dpr/adapters/page_images.py": {"load": "image"},
    "dpr/apps/editions.py": {"Editions": "authority_editions"},
    "dpr/apps/pasted.py": {"typed_text": "typed"},
    "dpr/apps/issuer_records.py": {"IssuerRecords": "issuer_records"},
    "dpr/apps/people_csv.py": {"read": "people_table"},
    "dpr/apps/table_csv.py": {"read": "people_table"},
    "dpr/apps/book_csv.py": {"read": "recipient_table"},
    "dpr/apps/key_requests.py": {"read": "key_request_file", "KeyNames": "key_names"},
    "dpr/flows/sign_for.py": {"sign_for": "sign_claims", "split_structure": "sign_structure"},
    "dpr/adapters/signer_http.py": {"HttpSigner": "signer_answer"},
    "dpr/apps/signer/accounts.py": {"LocalAccounts": "signer_account"},
    "dpr/apps/signer/callers.py": {"Callers": "signer_log_in"},
    "dpr/apps/serving/certificates.py": {"Certificates": "signer_crl", "tls_context": "signer_config"},
    "dpr/apps/signer/config.py": {"load": "signer_config"},
    "dpr/apps/serving/settings.py": {"File": "signer_config"},
    "dpr/apps/signer/ids.py": {"SignedIds": "signer_log"},
    "dpr/apps/signer/log.py": {"SigningLog": "signer_log"},
    "dpr/apps/signer/log_lines.py": {"check": "signer_log", "recent": "signer_log"},
    "dpr/apps/signer/notes.py": {"left": "signer_note"},
    "dpr/apps/signer/people.py": {"People": "signer_people"},
    "dpr/apps/signer/tokens.py": {"read": "signer_token", "read_keys": "signer_jwks"},
    "dpr/apps/sdk/settings.py": {"load": "sdk_settings"},
    "dpr/apps/relay/nodes.py": {"Nodes": "relay_node"},
    "dpr/apps/relay/calls.py": {"find": "relay_request"},
    "dpr/apps/relay/config.py": {"load": "relay_settings"},
    "dpr/apps/register/calls.py": {"parsed": "reference_register", "header_findings": "reference_register"},
    "dpr/apps/register/faults.py": {"rehearsal": "reference_register"},
}


@pytest.mark.parametrize("path", READERS)
def test_every_reader_of_this_list_is_there_and_has_a_target(path: str) -> None:
    module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
    assert [name for name in READERS[path] if not hasattr(module, name)] == []
    assert set(READERS[path].values()) <= TARGETS.keys()


#: Modules that take bytes or text apart themselves, by what they call.
_PARSERS = ("json.loads", "json.decode", "tomllib.loads", "toml.decode", "cbor2.load", "decompressobj", "b64decode", "load_pem")
#: Where these calls read only what the same program wrote, or what a target reaches through another module.
_INSIDE = {
    "dpr/apps/register/store.py": "rows of its own database, which came through calls.parsed",
    "dpr/apps/issuer_entries.py": "rows of its own database",
    "dpr/adapters/sdk/journal.py": "files of its own, in a folder of its own",
    "dpr/apps/demo/cast.py": "a file of the package",
    "dpr/apps/signer/server.py": "a file of the package, and its own answers; what callers send, drafts.parse takes apart",
    "dpr/apps/relay/checking.py": "a certificate that TLS has taken, of whoever runs the command",
    "dpr/core/qr_dictionary.py": "an example in its docstring",
    "dpr/apps/conformance/answering.py": "a developer's tool: what stands in the vectors",
    "dpr/apps/conformance/asked.py": "as answering.py",
    "dpr/apps/conformance/results.py": "what the implementation under test answers, to its developer",
    "dpr/apps/conformance/vectors.py": "the vectors",
    "dpr/adapters/qr_process.py": "what a child process of its own answers",
}


def test_no_module_takes_foreign_bytes_apart_without_a_target() -> None:
    found = set()
    for path in sorted((ROOT / "dpr").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if any(call in path.read_text("utf-8") for call in _PARSERS):
            found.add(name)
    assert found <= READERS.keys() | _INSIDE.keys(), found - READERS.keys() - _INSIDE.keys()
