"""The demo's story, a function a chapter.

Rules: every verdict, refusal and registration shown is what the product answered just now; a chapter that does not come out as
the story says stops the demo (`_expect`), so that it cannot lie.

Example: `for chapter in CHAPTERS: chapter(cast, story)`
"""

from __future__ import annotations

import io
import json
from typing import Any

from dpr.apps.demo.cast import Cast, fingerprint
from dpr.apps.demo.long_outage import thirty_days
from dpr.apps.demo.over_relays import two_networks
from dpr.apps.demo.story import Story
from dpr.apps.queue_words import event_words, state_words
from dpr.apps.reporting import Reported, report_now
from dpr.apps.sheet import sheet_of
from dpr.core import days, documents, qr
from dpr.core.credential import Credential
from dpr.core.dispensing import Ground
from dpr.core.qr_parts import from_texts
from dpr.core.verify import Accepted, Refused, verify
from dpr.flows.dispense import NotDispensed
from dpr.flows.receive import Received, receive


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise AssertionError(f"the demo did not come out as told: {what}")


def _receive(cast: Cast, document: bytes) -> Received:
    with cast.pharmacy.ledger() as ledger:
        received = receive(
            document,
            path="qr",
            trust=cast.pharmacy.trust(),
            ledger=ledger,
            now=cast.now(),
            policy=cast.pharmacy.policy,
            catalogue=cast.pharmacy.catalogue(),
        )
    _expect(isinstance(received, Received), "the prescription is received")
    assert isinstance(received, Received)
    return received


def _report(cast: Cast, story: Story) -> Reported:
    with cast.pharmacy.ledger() as ledger:
        reported = report_now(cast.pharmacy, ledger)
    lines = []
    for step in reported.steps:
        row = step.row
        number = f" {'uttag' if story.language == 'sv' else 'dispensing'} {row.number}" if row.number else ""
        what = f"{row.prescription_id.hex()[:8]}/{row.item}{number}"
        id = f"  id {row.register_id}" if row.register_id else ""
        lines.append(f"{what}: {event_words(step.event, story.language)} → {state_words(row.state, story.language)}{id}")
    story.rows([*lines, reported.words(story.language)])
    return reported


def _verify(cast: Cast, document: bytes) -> Accepted | Refused:
    return verify(document, cast.pharmacy.trust(), cast.now(), policy=cast.pharmacy.policy, catalogue=cast.pharmacy.catalogue())


def ordinary_day(cast: Cast, story: Story) -> None:
    """The register is up: register, then dispense."""
    story.chapter("En vanlig störning: kliniken är nere, registret uppe", "An ordinary disturbance: clinic down, register up")
    story.say(
        "Kliniken når inte e-recept. Läkaren signerar ett digitalt pappersrecept. Apoteket registrerar, sedan lämnas det ut.",
        "The clinic cannot reach e-prescribing. The doctor signs on digital paper; the pharmacy registers it, then dispenses.",
    )
    document = cast.sign(cast.draft("ordinary"))
    received = _receive(cast, document)
    story.verdict(received.verdict, all_checks=True)
    _report(cast, story)
    done = cast.dispense(received.verdict.prescription.id, register_up=True)
    story.say(
        f"Utlämnat: {done.record.content.product_text}. Kvar: {done.left} uttag.",
        f"Dispensed: {done.record.content.product_text}. Left: {done.left}.",
    )
    reported = _report(cast, story)
    _expect(reported.states == {"registered": 2}, "prescription and dispensing are registered")


def register_goes_down(cast: Cast, story: Story) -> None:
    """Three prescriptions are signed and printed while the register is down."""
    story.chapter("Registret går ner", "The register goes down")
    cast.register.behave(fault="down")
    cast.wait(hours=3)
    story.say(
        "Ingen når registret. Läkaren signerar tre recept och skriver ut dem.",
        "Nobody reaches the register. The doctor signs three prescriptions and prints them.",
    )
    for name, sv, en in (
        ("repeats", "Tre uttag med intervall", "Three dispensings with an interval"),
        ("narcotic", "Särskilt läkemedel", "A special medicine"),
        ("several", "Tre receptrader", "Three items"),
    ):
        document = cast.sign(cast.draft(name))
        (cast.folder / f"{name}.cbor").write_bytes(document)
        pdf = _print(cast, story, document)
        (cast.folder / f"{name}.pdf").write_bytes(pdf)
        versions = _versions(document)
        story.picture(
            f"{name}.png",
            _page(pdf, 110),
            f"{sv}: {len(document)} byte, QR-version {versions}. Utskrift: {name}.pdf",
            f"{en}: {len(document)} bytes, QR version {versions}. Print: {name}.pdf",
        )


def _print(cast: Cast, story: Story, document: bytes) -> bytes:
    from dpr.adapters.print_pdf import prescription_pdf

    catalogue = cast.clinic.catalogue()
    verdict = verify(document, cast.clinic.trust(), cast.now(), policy=cast.clinic.policy, catalogue=catalogue)
    _expect(isinstance(verdict, Accepted), "what is printed is accepted")
    assert isinstance(verdict, Accepted)
    texts = qr.to_texts(document)
    return prescription_pdf(
        sheet_of(verdict, texts, story.language, environment=cast.clinic.policy.environment, catalogue=catalogue)
    )


def _versions(document: bytes) -> str:
    from dpr.adapters.qr_write import version_of

    return " + ".join(str(version_of(text)) for text in qr.to_texts(document))


def _page(pdf: bytes, dpi: int) -> bytes:
    import pypdfium2

    image = pypdfium2.PdfDocument(pdf)[0].render(scale=dpi / 72).to_pil()
    out = io.BytesIO()
    image.convert("L").save(out, "PNG", optimize=True)
    return out.getvalue()


def photo_at_the_counter(cast: Cast, story: Story) -> None:
    """A crumpled print is photographed badly, read, verified offline, and one of its repeats is dispensed."""
    from PIL import Image

    from dpr.adapters.qr_read import read_codes
    from dpr.apps.demo.damage import damage, photographed

    story.chapter("Vid disken: ett dåligt foto av en skrynklig utskrift", "At the counter: a bad photo of a crumpled print")
    page = Image.open(io.BytesIO(_page((cast.folder / "repeats.pdf").read_bytes(), 250)))
    width, height = page.size
    near = page.crop((width // 2, int(height * 0.14), width, int(height * 0.44)))  # the phone is held over the code
    photo = photographed(damage(near, "crumple", strength=0.4, seed=3), strength=0.3, seed=3)
    out = io.BytesIO()
    photo.save(out, "JPEG", quality=60)
    story.picture("photo.jpg", out.getvalue(), "Fotot som apoteket får läsa", "The photo that the pharmacy has to read")
    reading = read_codes(out.getvalue())
    story.say(
        f"Läst av {', '.join(reading.readers)}. Ingen kontakt med omvärlden: apoteket prövar mot det som det har.",
        f"Read by {', '.join(reading.readers)}. No contact with the world: the pharmacy judges by what it holds.",
    )
    (document,) = from_texts(reading.texts)
    received = _receive(cast, document)
    story.verdict(received.verdict, all_checks=True)
    why = story.words("Registret svarar inte", "The register does not answer")
    ground = Ground(decided_by="Leila Haddad", reason=why, since=int(cast.now().timestamp()) - 3 * 3600)
    prescription_id = received.verdict.prescription.id
    done = cast.dispense(prescription_id, register_up=False, ground=ground)
    story.say(
        f"Utlämnat under antecknad grund: uttag {done.record.content.number} av {done.record.content.of}. Kvar: {done.left}.",
        f"Dispensed under a recorded ground: {done.record.content.number} of {done.record.content.of}. Left: {done.left}.",
    )
    cast.wait(hours=1)
    story.say("En timme senare, i en annan kassa:", "An hour later, at another counter:")
    try:
        cast.dispense(prescription_id, register_up=False, ground=ground)
    except NotDispensed as error:
        story.refused(error.code, error.detail)
    else:
        _expect(False, "the second attempt is too early")


def refusals(cast: Cast, story: Story) -> None:
    """A forged, an altered, a revoked and an expired one."""
    story.chapter("Fyra som inte godtas", "Four that are refused")
    good = (cast.folder / "repeats.cbor").read_bytes()

    story.say("Förfalskat: en egen nyckel och ett eget bevis.", "Forged: a key and a credential of one's own making.")
    _refuse(cast, story, _forged(cast), "signature_invalid", "chain_issuer_unknown")

    story.say("Ändrat: en siffra i doseringen.", "Altered: one digit in the dosage.")
    place = good.index(b"1 tablett dagligen")
    altered = good[:place] + bytes((good[place] ^ 1,)) + good[place + 1 :]
    _refuse(cast, story, altered, "signature_invalid")

    story.say("Spärrat: förskrivarens bevis är återkallat.", "Revoked: the prescriber's credential was withdrawn.")
    _refuse(cast, story, _by_the_revoked(cast), "credential_revoked")

    story.say("För gammalt: giltigt samma dag, visat 26 timmar senare.", "Expired: valid that day, shown 26 hours later.")
    today = cast.now().astimezone(days.STOCKHOLM).date().isoformat()
    expired = cast.sign(cast.draft("ordinary") | {"valid_to": today})
    cast.wait(hours=26)
    _refuse(cast, story, expired, "expired")


def _refuse(cast: Cast, story: Story, document: bytes, *codes: str) -> None:
    verdict = _verify(cast, document)
    _expect(isinstance(verdict, Refused) and verdict.code in codes, f"refused with {codes}")
    story.verdict(verdict)


def _prescription(cast: Cast) -> Any:
    return documents.read_claims(documents.PRESCRIPTION, documents.split((cast.folder / "repeats.cbor").read_bytes())[1])


def _forged(cast: Cast) -> bytes:
    from dpr.adapters.key_files import KeyFile

    folder = cast.folder / "forger"
    folder.mkdir()
    issuer, prescriber = KeyFile.create(folder / "issuer.pem"), KeyFile.create(folder / "prescriber.pem")
    real: Credential = documents.read_claims(documents.CREDENTIAL_KIND, documents.split(cast.people["prescriber"][1])[1])
    fake = Credential(
        issuer=real.issuer,
        valid_from=real.valid_from,
        valid_until=real.valid_until,
        key=prescriber.key,
        status=real.status,
        holder=real.holder,
    )
    credential = documents.sign(documents.CREDENTIAL_KIND, fake, issuer)
    return documents.sign(documents.PRESCRIPTION, _prescription(cast), prescriber, credential=credential)


def _by_the_revoked(cast: Cast) -> bytes:
    key, credential = cast.people["revoked"]
    return documents.sign(documents.PRESCRIPTION, _prescription(cast), key, credential=credential)


def stale_data(cast: Cast, story: Story) -> None:
    """A special medicine needs fresh revocation data; a stick brings them."""
    story.chapter("Särskilt läkemedel: färska spärrlistor krävs", "A special medicine: fresh revocation data are needed")
    document = (cast.folder / "narcotic.cbor").read_bytes()
    _refuse(cast, story, document, "special_needs_fresh_status")
    story.say("En kurir kommer med färska listor på ett minne.", "A courier brings fresh lists on a stick.")
    for site in (cast.pharmacy, cast.clinic):
        cast.deliver_lists(site)
    verdict = _verify(cast, document)
    _expect(isinstance(verdict, Accepted), "accepted with fresh lists")
    story.verdict(verdict)


def register_comes_back(cast: Cast, story: Story) -> None:
    """It drops one reply after committing, and still each thing is registered once."""
    story.chapter("Registret är tillbaka, och tappar ett svar", "The register is back, and loses a reply")
    cast.register.behave(fault="drop_reply", times=1, method="POST")
    story.say(
        "Apoteket registrerar i efterhand. Första svaret försvinner efter att registret har sparat.",
        "The pharmacy back-registers. The first reply is lost after the register has committed.",
    )
    cast.wait(minutes=20)
    _report(cast, story)
    story.say(
        "Ingen vet vad som hände. Apoteket väntar, läser tillbaka och skickar inget en gång till.",
        "Nobody knows what happened. The pharmacy waits, reads back, and sends nothing twice.",
    )
    for _ in range(3):
        cast.wait(minutes=5)
        reported = _report(cast, story)
    _expect(set(reported.states) == {"registered"}, "everything is registered")
    held = cast.register.resources()
    tokens = [one["identifier"][0]["value"] for one in held]
    _expect(len(tokens) == len(set(tokens)), "exactly one registration each")
    story.say("Det här finns nu i registret, en gång var:", "This is now in the register, once each:")
    story.rows([f"{one['resourceType']}/{one['id']}  {one['identifier'][0]['value']}" for one in held])
    last = next(one for one in reversed(held) if one["resourceType"] == "MedicationDispense")
    story.rows(json.dumps(_without_person(last), ensure_ascii=False, indent=1).splitlines())


def _without_person(resource: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name not in ("subject", "contained")}


def evidence(cast: Cast, story: Story) -> None:
    """What the ledger keeps: signed records."""
    story.chapter("Vad liggaren minns", "What the ledger remembers")
    lines = []
    with cast.pharmacy.ledger() as ledger:
        trust = cast.pharmacy.trust()
        for row in ledger.dispensings():
            opened = documents.open(row.document, trust, expected_kind=documents.DISPENSING)
            content = opened.value.content
            ground = f", {content.ground.reason}" if content.ground else ""
            lines.append(f"{fingerprint(row.document)}  {content.product_text}  {content.number}/{content.of}{ground}")
    story.say(
        "Varje utlämnande är ett dokument som apoteket har signerat och som en annan kan pröva.",
        "Each dispensing is a document that the pharmacy signed and that somebody else can judge.",
    )
    story.rows(lines)


CHAPTERS = (
    ordinary_day,
    register_goes_down,
    photo_at_the_counter,
    refusals,
    stale_data,
    register_comes_back,
    evidence,
    two_networks,
    thirty_days,
)
