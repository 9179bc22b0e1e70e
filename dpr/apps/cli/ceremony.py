"""The commands of a ceremony: draft-root, draft-list, show, sign, merge. Keys lie on other machines than drafts.

Rules: nobody signs unseen: `sign` shows what `show` shows, of the very bytes that it signs, and asks for the fingerprint as the
coordinator reads it out, without showing its beginning; a script must know the whole of it.

Example: `dpr authority sign root-1.draft --key custodian-1.pem --out root-1.custodian-1.sig`
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from dpr.apps.cli.common import JSON, Context, check_out, show, show_json, write_out

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpr.apps.authority_folder import Authority
    from dpr.apps.ceremony_words import Line
    from dpr.core.ceremony import Draft

_FOLDER = typer.Argument(help="The authority's folder, on the coordinator's machine.")
_AGAINST = typer.Option(None, help="The edition before (a document or draft): what changes is marked.")
_CLOCK = typer.Option(False, "--clock-was-ahead", help="The edition before has its date from a clock that was ahead.")


def add_to(authority: typer.Typer) -> None:
    """Adds the commands to `dpr authority`."""
    for name, command, example in (
        ("draft-root", draft_root, "draft-root authority --root-key carl.pem.request --remove-key 0f3a99c2"),
        ("draft-list", draft_list, "draft-list authority --next-update-days 14"),
        ("show", show_draft, "show trust-list-2.draft --against trust-list.cbor"),
        ("sign", sign, "sign trust-list-2.draft --key anna.pem --out anna.sig --against trust-list.cbor"),
        ("merge", merge, "merge authority authority/drafts/trust-list-2.draft anna.sig carl.sig"),
    ):
        authority.command(name, epilog=f"Example: dpr authority {example}")(command)


def draft_root(
    context: typer.Context,
    folder: Path = _FOLDER,
    name: str | None = typer.Option(None, help="The authority's name (first root)."),
    environment: str | None = typer.Option(None, help="test or production (first root); the two never mix."),
    root_threshold: int | None = typer.Option(None, min=1, max=16, help="How many must sign the next root."),
    root_key: list[Path] = typer.Option([], help="A key to add, as its request; may be repeated."),
    list_threshold: int | None = typer.Option(None, min=1, max=16, help="How many must sign a list of issuers."),
    list_key: list[Path] = typer.Option([], help="A key to add; in the first root, the root's keys unless said."),
    snapshot_threshold: int | None = typer.Option(None, min=1, max=16, help="How many must sign a snapshot (1)."),
    snapshot_key: list[Path] = typer.Option([], help="An online key to add."),
    remove_key: list[str] = typer.Option([], help="A key to remove from everything: its request, or 8 digits of it."),
    clock_was_ahead: bool = _CLOCK,
) -> None:
    """Draft the first root, or the next one: what is not said stays as it is."""
    from dpr.apps.authority_folder import Authority
    from dpr.apps.key_requests import read
    from dpr.apps.root_order import RootOrder

    given: Context = context.obj
    named = {path: read(path) for path in (*root_key, *list_key, *snapshot_key)}
    order = RootOrder(
        name=name,
        environment=environment,
        thresholds={"root": root_threshold, "lists": list_threshold, "snapshot": snapshot_threshold},
        add={
            role: [named[path] for path in paths]
            for role, paths in (("root", root_key), ("lists", list_key), ("snapshot", snapshot_key))
        },
        remove=[read(Path(one)) if Path(one).is_file() else one.replace(" ", "").lower() for one in remove_key],
    )
    authority, now = Authority(folder), given.site().now()
    made = authority.draft_root(order, now=now, clock_was_ahead=clock_was_ahead)
    authority.key_names.remember({key: path.name for path, key in named.items()})
    _drafted(given, authority, made, "root")


def draft_list(
    context: typer.Context,
    folder: Path = _FOLDER,
    next_update_days: int = typer.Option(14, min=1, max=400, help="When the next version is due at the latest."),
    clock_was_ahead: bool = _CLOCK,
) -> None:
    """Draft the next list of issuers, of all that are admitted."""
    from dpr.apps.authority_folder import Authority

    given: Context = context.obj
    authority, now = Authority(folder), given.site().now()
    made = authority.draft_list(next_update_days=next_update_days, now=now, clock_was_ahead=clock_was_ahead)
    _drafted(given, authority, made, "trust-list")


def _drafted(given: Context, authority: Authority, draft: Draft, name: str) -> None:
    from dpr.apps.ceremony_words import groups, said
    from dpr.core.ceremony import content_of

    path, document = authority.keep_draft(draft), authority.published.document(name)
    against = content_of(document) if document else None
    _say(said(draft, given.language, against=against, names=authority.key_names.held()))
    show(f"✓ {path}")
    given.say("Fingeravtryck, att läsa upp för var och en:", "Fingerprint, to be read out to everybody:")
    show(f"  {groups(draft.fingerprint)}")


def show_draft(
    context: typer.Context,
    file: Path = typer.Argument(help="A draft, a signature, or a document of the authority."),
    against: Path | None = _AGAINST,
    root: Path | None = typer.Option(None, help="The root in force: says who of those who must has signed a document."),
    as_json: bool = JSON,
) -> None:
    """Show in plain words what is to be signed, or what was: every key, every issuer, what changes, what is risky."""
    from dpr.apps import ceremony_reading as reading
    from dpr.apps.ceremony_words import groups, said, standing_lines
    from dpr.core.ceremony import Signature

    given: Context = context.obj
    found = reading.read(file)
    before = reading.read_content(against) if against else None
    held = reading.read_root(root) if root else None
    standings = reading.standings(found, held) if isinstance(found, reading.Document) else ()
    if as_json:
        show_json(reading.as_json(found, before, standings))
    elif isinstance(found, Signature):
        _say(reading.signature_lines(found, given.language))
    else:
        draft = found.draft if isinstance(found, reading.Document) else found
        _say(said(draft, given.language, against=before))
        for one in standings:
            _say(standing_lines(one, given.language))
        given.say("Fingeravtryck:", "Fingerprint:")
        show(f"  {groups(draft.fingerprint)}")


def sign(
    context: typer.Context,
    draft: Path = typer.Argument(help="The draft, as it came from the coordinator."),
    key: str = typer.Option(..., help="Your key: a file, or pkcs11:token=…;object=…"),
    out: Path = typer.Option(..., help="Where the signature goes; the coordinator gets this file."),
    against: Path | None = _AGAINST,
    fingerprint: str | None = typer.Option(None, help="The whole fingerprint, for a script; else it is asked for."),
) -> None:
    """Show what a draft says and, when you confirm it with the fingerprint that the coordinator reads out, sign it."""
    from dpr.apps import ceremony_reading as reading
    from dpr.apps.ceremony_words import groups, key_words, said
    from dpr.apps.signers import open_signer
    from dpr.core import ceremony
    from dpr.core.errors import SetupError

    given: Context = context.obj
    check_out(out, inputs=[draft, key])
    found = reading.read_draft(draft)
    _say(said(found, given.language, against=reading.read_content(against) if against else None))
    if fingerprint is None:
        if sys.stdin is None or not sys.stdin.isatty():
            raise SetupError("fingerprint_needed", "--fingerprint")
        given.say("Fingeravtryck (början läser samordnaren upp):", "Fingerprint (the coordinator reads out its beginning):")
        hidden = reading.TYPED_DIGITS
        show(f"  {groups('·' * hidden)} {groups(found.fingerprint[hidden:])}")
        fingerprint = _ask(given, f"De första {hidden} tecknen: ", f"Its first {hidden} digits: ")
        reading.require_fingerprint(found, fingerprint, digits=hidden)
    else:
        reading.require_fingerprint(found, fingerprint, digits=reading.FINGERPRINT_DIGITS)
    signer = open_signer(key)
    write_out(out, ceremony.sign(found, signer).encode(), inputs=[draft, key])
    show(f"✓ {out}  {key_words(signer.key)}")


def _ask(given: Context, swedish: str, english: str) -> str:
    try:
        return input(swedish if given.language == "sv" else english)
    except EOFError:
        return ""


def merge(
    context: typer.Context,
    folder: Path = _FOLDER,
    files: list[Path] = typer.Argument(help="Drafts, and the signatures that came back; a root and a list may go together."),
    compromised: bool = typer.Option(False, "--compromised", help="Publish a root that voids the published trust list."),
    clock_was_ahead: bool = _CLOCK,
) -> None:
    """Put drafts and signatures together; publish what enough have signed, all of it or none."""
    from dpr.apps import ceremony_reading as reading
    from dpr.apps.authority_folder import Authority
    from dpr.apps.ceremony_words import standing_lines, word

    given: Context = context.obj
    drafts, signatures = reading.drafts_and_signatures(files)
    authority = Authority(folder)
    names = authority.key_names.held()
    for draft, standings in authority.standings(drafts, signatures):
        show(f"{word(draft.kind.typ, given.language)}, {word('version', given.language)} {draft.edition.version}")
        for one in standings:
            _say(standing_lines(one, given.language, names))
    for merged in authority.merge(drafts, signatures, compromised=compromised, clock_was_ahead=clock_was_ahead):
        show(f"✓ {authority.published.path(merged.name)}  version {merged.draft.edition.version}")
    following = _following(authority, names)
    given.say(f"Nästa: {following}", f"Next: {following}")


def _following(authority: Authority, names: Mapping[str, str]) -> str:
    """What to type after something was published: what there is none of yet, or a snapshot with the key that the root names."""
    folder = shlex.quote(str(authority.folder))
    if authority.published.document("trust-list") is None:
        return f"dpr authority draft-list {folder}" if authority.issuers() else f"dpr authority add-issuer {folder} issuer.json"
    if (authority.folder / "keys" / "online.pem").exists():
        return f"dpr authority snapshot {folder}"
    called = [names.get(key.thumbprint.hex(), "") for key in authority.published.root().content.snapshot.keys]
    keys = [f"--key {shlex.quote(name.removesuffix('.request'))}" if name else "--key …" for name in called]
    return f"dpr authority snapshot {folder} {' '.join(keys)}"


def _say(lines: list[Line]) -> None:
    for line in lines:
        show(f"{line.mark or ' '} {'  ' * line.depth}{line.text}")
