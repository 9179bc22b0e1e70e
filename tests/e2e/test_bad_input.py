"""Every command with every kind of wrong file: a named error with what to do, exit code 1 or 2, never a crash, and nobody's
name or number on standard error."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from dpr.core.codes import CODES
from tests.e2e.cli import run
from tests.e2e.stage import Stage, clean
from tests.world import EXAMPLES

Words = tuple[object, ...]
DRAFT = EXAMPLES / "prescriptions" / "one-item.json"


def wrong_files(stage: Stage) -> dict[str, Path]:
    """Files of every wrong kind, by what they are; some are the right kind for one command."""
    folder = stage.folder / "wrong"
    (folder / "directory").mkdir(parents=True)
    noise = random.Random(20261121)
    contents = {
        "random": noise.randbytes(3000),
        "random after a document's tag": b"\xd2" + noise.randbytes(900),
        "empty": b"",
        "zeros": bytes(2000),
        "torn document": stage.rx("one").read_bytes()[:200],
        "torn list": (stage.published / "trust-list.cbor").read_bytes()[:-30],
        "torn key": stage.person("prescriber", "pem").read_bytes()[:60],
        "key without content": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "deep list": b"[" * 100_000,
        "deep object": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        "list": b"[]",
        "object": b"{}",
        "not a number": b'{"id": NaN}',
        "member twice": b'{"id": 1, "id": 1}',
        "wrong types": json.dumps(
            {"id": [], "name": None, "role": {}, "keys": 1, "authority": [], "threshold": {}, "kind": [], "items": {}}
        ).encode(),
        "huge text": b'{"name": "' + b"x" * 2_000_000 + b'"}',
        "other text": b"hej hopp",
        "broken toml": b"x = = 3",
        "broken image": b"\x89PNG\r\n\x1a\n" + noise.randbytes(400),
        "broken pdf": b"%PDF-1.7\n" + noise.randbytes(400),
    }
    paths = {}
    for number, (name, content) in enumerate(contents.items()):
        paths[name] = folder / f"{number}.json"
        paths[name].write_bytes(content)
    right_elsewhere = {
        "prescription": stage.rx("one"),
        "credential": stage.person("prescriber", "cbor"),
        "pharmacist's credential": stage.pharmacist,
        "key": stage.person("prescriber", "pem"),
        "request": stage.person("prescriber", "pem.request"),
        "description": stage.person("prescriber", "json"),
        "issuer": stage.folder / "region" / "issuer.json",
        "root": stage.published / "root.cbor",
        "trust list": stage.published / "trust-list.cbor",
        "snapshot": stage.published / "snapshot.cbor",
        "status list": stage.lists("region")[-1],
        "products": stage.pharmacy / "products.db",
    }
    nowhere = {
        "directory": folder / "directory",
        "missing": folder / "missing",
        "below a file": paths["random"] / "below",
        "name too long": Path("x" * 5000),
    }
    return paths | right_elsewhere | nowhere


def _dispense(stage: Stage, wrong: Path) -> Words:
    return ("--site", stage.pharmacy, "dispense", "abcd", "--as", wrong)


def _prescribe(stage: Stage, draft: object = DRAFT, key: object = None, credential: object = None, out: object = None) -> Words:
    key, credential = key or stage.person("prescriber", "pem"), credential or stage.person("prescriber", "cbor")
    return ("prescribe", draft, "--key", key, "--credential", credential, "--out", out or stage.folder / "out")


def _credential(
    stage: Stage, folder: object = None, request: object = None, holder: object = None, out: object = None
) -> Words:
    request, holder = request or stage.person("prescriber", "pem.request"), holder or stage.person("prescriber", "json")
    words = ("issuer", "credential", folder or stage.folder / "region", request, "--holder", holder)
    return (*words, "--out", out or stage.folder / "out")


def _init(folder: Path) -> Words:
    return ("issuer", "init", folder, "--id", "x", "--name", "x", "--role", "veterinary", "--unencrypted")


#: Command, and for which of the files it succeeds.
COMMANDS: dict[str, tuple[Callable[[Stage, Path], Words], tuple[str, ...]]] = {
    "verify": (lambda s, f: ("--site", s.pharmacy, "verify", f), ("prescription",)),
    "receive": (lambda s, f: ("--site", s.pharmacy, "receive", f), ("prescription",)),
    "receive, credential": (
        lambda s, f: ("--site", s.pharmacy, "receive", s.rx("one"), "--as", f),
        ("credential", "pharmacist's credential"),
    ),
    "scan": (
        lambda s, f: ("scan", f),  # it does not look into what it found
        (
            *(
                "prescription",
                "credential",
                "pharmacist's credential",
                "request",
                "root",
                "trust list",
                "snapshot",
                "status list",
            ),
            *("torn document", "torn list", "random after a document's tag"),
        ),
    ),
    "print": (lambda s, f: ("--site", s.clinic, "print", f, "--pdf", s.folder / "out.pdf"), ("prescription",)),
    "prescribe, draft": (lambda s, f: ("--site", s.clinic, *_prescribe(s, draft=f)), ()),
    "prescribe, key": (lambda s, f: ("--site", s.clinic, *_prescribe(s, key=f)), ("key",)),
    "prescribe, credential": (lambda s, f: ("--site", s.clinic, *_prescribe(s, credential=f)), ("credential",)),
    "dispense": (_dispense, ()),
    "products import": (lambda s, f: ("--site", s.pharmacy, "products", "import", f), ()),
    "products mapping": (
        lambda s, f: ("--site", s.pharmacy, "products", "import", EXAMPLES / "products.csv", "--mapping", f),
        (),
    ),
    "trust add": (
        lambda s, f: ("--site", s.pharmacy, "trust", "add", f),
        ("root", "trust list", "snapshot", "status list", "credential", "pharmacist's credential"),
    ),
    "authority add-issuer": (lambda s, f: ("authority", "add-issuer", s.folder / "authority", f), ("issuer",)),
    "authority draft-root": (lambda s, f: ("authority", "draft-root", s.folder / "authority", "--root-key", f), ("request",)),
    "authority draft-list": (lambda s, f: ("authority", "draft-list", f), ()),
    "authority issuers": (lambda s, f: ("authority", "issuers", f, "--json"), ("directory",)),
    "authority show": (lambda s, f: ("authority", "show", f), ("root", "trust list", "snapshot")),
    "authority show, against": (
        lambda s, f: ("authority", "show", s.published / "root.cbor", "--against", f, "--json"),
        ("root", "trust list", "snapshot"),
    ),
    "authority show, root": (lambda s, f: ("authority", "show", s.published / "trust-list.cbor", "--root", f), ("root",)),
    "authority sign": (
        lambda s, f: ("authority", "sign", f, "--key", s.person("prescriber", "pem"), "--out", s.folder / "out"),
        (),
    ),
    "authority merge": (lambda s, f: ("authority", "merge", s.folder / "authority", f), ()),
    "authority collect": (
        lambda s, f: ("authority", "collect", s.folder / "authority", f),
        ("status list", "directory"),
    ),
    "authority snapshot": (lambda s, f: ("authority", "snapshot", s.folder / "authority", "--key", f), ()),
    "authority publish": (lambda s, f: ("authority", "publish", f), ()),
    "authority init": (lambda s, f: ("authority", "init", f, "--name", "x"), ("directory", "missing")),
    "issuer init": (lambda s, f: _init(f), ("directory", "missing")),
    "issuer credential, folder": (lambda s, f: _credential(s, folder=f), ()),
    "issuer credential, request": (lambda s, f: _credential(s, request=f), ("request",)),
    "issuer credential, holder": (lambda s, f: _credential(s, holder=f), ("description",)),
    "issuer revoke": (lambda s, f: ("issuer", "revoke", s.folder / "region", f), ("credential",)),
    "issuer revoke, folder": (lambda s, f: ("issuer", "revoke", f, s.person("prescriber", "cbor")), ()),
    "issuer publish": (lambda s, f: ("issuer", "publish", f), ()),
    "key new": (lambda s, f: ("key", "new", f, "--unencrypted"), ("missing",)),
    "site of verify": (lambda s, f: ("--site", f, "verify", s.rx("one")), ()),
    "site of receive": (lambda s, f: ("--site", f, "receive", s.rx("one")), ()),
    "site of dispense": (lambda s, f: ("--site", f, "dispense", "abcd", "--as", s.pharmacist), ()),
    "site of status": (lambda s, f: ("--site", f, "status"), ("directory",)),
    "site of report": (lambda s, f: ("--site", f, "report"), ("directory",)),
    "site of retry": (lambda s, f: ("--site", f, "retry", "abcd"), ()),
    "site of find": (lambda s, f: ("--site", f, "products", "find", "x"), ()),
    "site of import": (lambda s, f: ("--site", f, "products", "import", EXAMPLES / "products.csv"), ("directory",)),
    "site of trust": (lambda s, f: ("--site", f, "trust", "status"), ()),
    "register database": (lambda s, f: ("register", "serve", "--port", "1", "--host", "nosuch.invalid", "--database", f), ()),
}


def told(err: str, code: int) -> str | None:
    """What is wrong with how an error was told."""
    lines = [line for line in err.splitlines() if line.startswith("dpr: ")]
    found = re.fullmatch(r"dpr: .{5,} \[([a-z0-9_]+)\]", lines[-1]) if lines else None
    if found is None or found[1] not in CODES or found[1] == "program_fault":
        return f"no code: {err[:300]!r}"
    if "\n  → " not in err:
        return f"nothing to do: {err[:300]!r}"
    return None if code in (1, 2) else f"exit code {code}"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_wrong_file_gives_a_named_error_and_what_to_do(own: Stage, name: str) -> None:
    words, right = COMMANDS[name]
    faults, succeeded = [], []
    for kind, path in wrong_files(own).items():
        ran = run(*words(own, path))
        try:
            clean(ran)
        except AssertionError as error:
            if not (name == "products import" and kind == "description"):  # see test_the_header_of_another_file
                faults.append(f"{kind}: {error}")
        if ran.code == 0:
            succeeded.append(kind)
        elif ran.code == 1 and name in ("verify", "receive") and ran.out:
            assert "GODTAS INTE" in ran.out and "→" in ran.out, kind
        elif ran.code == 1 and name == "trust add" and ran.out:  # each file has its answer, and this is it
            [code] = re.findall(r"\[([a-z_]+)\]$", ran.out, re.MULTILINE)
            assert code in CODES and code != "program_fault" and "→" in ran.out, kind
        elif fault := told(ran.err, ran.code):
            faults.append(f"{kind}: {fault}")
    assert not faults, "\n".join(faults)
    assert sorted(succeeded) == sorted(right)


@pytest.mark.parametrize(
    "words",
    [
        lambda s, f: ("--site", s.clinic, "print", s.rx("one"), "--pdf", f),
        lambda s, f: ("--site", s.clinic, "print", s.rx("one"), "--png", f),
        lambda s, f: ("--site", s.clinic, *_prescribe(s, out=f)),
        lambda s, f: ("scan", s.rx("one"), "--out", f),
        lambda s, f: _credential(s, out=f),
    ],
    ids=["print --pdf", "print --png", "prescribe", "scan", "issuer credential"],
)
def test_an_output_goes_nowhere_that_it_cannot_or_must_not(own: Stage, words: Callable[[Stage, Path], Words]) -> None:
    wrong = wrong_files(own)
    before = {path: path.read_bytes() for path in own.folder.rglob("*.pem")}
    for kind in ("directory", "below a file", "name too long", "key"):
        ran = clean(run(*words(own, wrong[kind])))
        assert told(ran.err, ran.code) is None and ran.code == 2, (kind, ran)
    assert {path: path.read_bytes() for path in own.folder.rglob("*.pem")} == before


def test_an_output_never_replaces_an_input(own: Stage) -> None:
    document = own.rx("one").read_bytes()
    assert run("--site", own.clinic, "print", own.rx("one"), "--png", own.rx("one")).code == 2
    assert run("scan", own.rx("one"), "--out", own.rx("one")).code == 2
    assert own.rx("one").read_bytes() == document


def test_the_header_of_another_file(own: Stage) -> None:
    clean(run("--site", own.pharmacy, "products", "import", own.person("prescriber", "json")))
