"""The demo's chapter over two networks: one relay is killed, the prescription arrives once, and the receipts prove it offline.

Rules: as dpr.apps.demo.chapters: everything shown is what the product did just now, over real relays on this machine; a chapter
that does not come out as told stops.

Example: `two_networks(cast, story)`
"""

from __future__ import annotations

from dpr.apps import addressing, inbox_view, mail_service, mail_view, receipt_proof, receipt_words, sending
from dpr.apps.demo.cast import GLN, Cast
from dpr.apps.demo.path_svg import Event, Hand, path_svg
from dpr.apps.demo.relays import Networks
from dpr.apps.demo.story import Story
from dpr.apps.reporting import report_now
from dpr.core import documents
from dpr.core.mail.bundle_verify import Proven
from dpr.core.mail.carriage import Standing, State
from dpr.core.mail.receipt import ReceiptType
from dpr.core.mail.retry import Copy
from dpr.ports import Outbox, Posted

_SECONDS = 20.0


def two_networks(cast: Cast, story: Story) -> None:
    """A prescription is sent over a relay that dies, arrives over the other, and is proven to have arrived."""
    story.chapter("Två nät: ett dör, receptet kommer fram en gång", "Two networks: one dies, the prescription arrives once")
    story.say(
        "Kliniken skickar till apoteket över två förmedlare: A på internet, B på Sjunet. Ingen av dem kan läsa något.",
        "The clinic sends to the pharmacy over two relays: A on the internet, B on Sjunet. Neither can read anything.",
    )
    cast.catch_up()
    with Networks(cast) as networks, sending.mail_db(networks.clinic) as db:
        _Chapter(cast, story, networks, db.outbox).tell()


class _Chapter:
    """The chapter's steps, in order."""

    def __init__(self, cast: Cast, story: Story, networks: Networks, outbox: Outbox) -> None:
        self._cast, self._story, self._networks, self._outbox = cast, story, networks, outbox
        self._drawn: list[Hand | Event] = []
        self._before = len(self._received())

    def tell(self) -> None:
        document = self._cast.sign(self._cast.draft("ordinary") | {"audience": GLN})
        posted = self._sent(document)
        self._killed(posted)
        self._fetched()
        self._answered(posted)
        self._too_late(posted)
        self._returned()
        self._proven(posted, document)
        self._draw()

    # --- the steps ----------------------------------------------------------------------------------------------------

    def _sent(self, document: bytes) -> Posted:
        clinic, say = self._networks.clinic, self._story.say
        entry = addressing.the_one(addressing.fitting(clinic.address_book(), "larkan umea"))
        posted = sending.send(clinic, self._outbox, [document], entry)
        found = self._follow(posted, lambda one: one.state is not State.WAITING)
        self._expect(found.state is State.IN_CUSTODY and found.receipt is not None, "relay A has it")
        say("Läkaren skickar. Relä A kvitterar när det ligger säkert:", "The doctor sends. Relay A receipts once it is safe:")
        self._show(posted)
        self._drawn += [self._hand(0, 1, "förseglat", "sealed"), self._hand(1, 0, "R1", "R1")]
        return posted

    def _killed(self, posted: Posted) -> None:
        self._networks.a.kill()
        self._story.say(
            "Sedan dör relä A (kill -9), innan apoteket har hämtat. Apoteket frågar, och får inget.",
            "Then relay A dies (kill -9), before the pharmacy has fetched it. The pharmacy asks, and gets nothing.",
        )
        mail_service.collect_once(self._networks.pharmacy)
        self._expect(len(self._received()) == self._before, "nothing has come yet")
        b = self._networks.b.origin
        self._follow(posted, lambda _: any(one.origin == b and one.in_custody for one in self._copies(posted)))
        self._expect(any(one.origin == b and one.in_custody for one in self._copies(posted)), "relay B has it too")
        self._story.say("Ingen har svarat, så kliniken lämnar samma byte till B.", "Nobody answered, so B gets the same bytes.")
        self._drawn += [
            Event(1, self._story.words("nere", "down"), down=True),
            self._hand(3, 1, "något till oss?", "anything for us?", lost=True),
            self._hand(0, 2, "samma byte", "the same bytes"),
            self._hand(2, 0, "R1", "R1"),
        ]

    def _fetched(self) -> None:
        mail_service.collect_once(self._networks.pharmacy)
        received = self._received()
        self._expect(len(received) == self._before + 1, "the prescription has come")
        self._story.say(
            "Apoteket hämtar hos B, öppnar, prövar och svarar:", "The pharmacy fetches from B, opens, judges, answers:"
        )
        self._story.rows(self._inbox())
        self._drawn += [
            self._hand(2, 3, "förseglat", "sealed"),
            Event(3, self._story.words("GODTAGET", "ACCEPTED")),
            self._hand(3, 2, "R3, R4", "R3, R4"),
        ]

    def _answered(self, posted: Posted) -> None:
        found = self._follow(posted, lambda one: one.state.over)
        self._expect(found.state is State.ACCEPTED, "the clinic knows that it was accepted")
        self._drawn.append(self._hand(2, 0, "R2, R3, R4", "R2, R3, R4"))

    def _too_late(self, posted: Posted) -> None:
        given = mail_service.withdraw(self._networks.clinic, self._networks.b.origin, posted.message_id)
        self._outbox.keep_receipts(posted.message_id, self._networks.b.origin, [given])
        self._story.say(
            "Läkaren ångrar sig för sent. Förmedlaren säger det, underskrivet (W2). Allt som kliniken har:",
            "The doctor changes her mind too late. The relay says so, signed (W2). All that the clinic holds:",
        )
        one = self._show(posted)
        kinds = {receipt.content.type for _, receipt in one.receipts}
        self._expect({ReceiptType.R2, ReceiptType.R4, ReceiptType.W2} <= kinds, "handed over, answered, and too late")
        self._drawn.append(self._hand(2, 0, "W2: för sent", "W2: too late"))

    def _returned(self) -> None:
        self._networks.a.begin()
        self._networks.a.ready()
        mail_service.collect_once(self._networks.pharmacy)
        self._expect(len(self._received()) == self._before + 1, "the same prescription is not new")
        self._expect(len(self._inbox()) == 1, "one message, over two networks")
        with self._cast.pharmacy.ledger() as ledger:
            self._expect(report_now(self._cast.pharmacy, ledger).states.keys() == {"registered"}, "and registered, once")
        self._story.say(
            "Relä A är tillbaka och har kvar vad det kvitterade. Apoteket känner igen det: ett recept, registrerat en gång.",
            "Relay A is back and still has what it receipted. The pharmacy knows it already: registered once.",
        )
        self._drawn += [
            Event(1, self._story.words("uppe", "up")),
            self._hand(1, 3, "samma byte", "the same bytes"),
            self._hand(3, 1, "samma svar", "the same answers"),
        ]

    def _proven(self, posted: Posted, document: bytes) -> None:
        clinic = self._networks.clinic
        self._cast.deliver_lists(clinic)  # newer than the receipts: nobody's key was revoked in between
        held = [data for _, data in self._outbox.receipts(posted.message_id)]
        subject = receipt_proof.Subject(posted.queue, posted.message_id, posted.digest, document, None)
        data = receipt_proof.make(clinic, subject, held)
        (self._cast.folder / "answer.bundle").write_bytes(data)
        root = documents.fingerprint((clinic.folder / "root.cbor").read_bytes())
        finding = receipt_proof.judge(data, clinic, root=root)
        self._expect(isinstance(finding, Proven), "the bundle proves it")
        self._story.say(
            f"Beviset är en fil på {len(data)} byte. Den prövas utan nät, med rotens fingeravtryck och inget annat:",
            f"The proof is a file of {len(data)} bytes. It is judged without a network, by the root's fingerprint alone:",
        )
        self._story.rows([*receipt_words.lines(finding, self._story.language)])
        torn = data.replace(document[-8:], document[-8:][::-1])
        self._expect(not isinstance(receipt_proof.judge(torn, clinic, root=root), Proven), "another document is not proven")

    def _draw(self) -> None:
        words = self._story.words
        parties = [
            words("Kliniken", "The clinic"),
            words("Relä A, internet", "Relay A, internet"),
            words("Relä B, Sjunet", "Relay B, Sjunet"),
            words("Apoteket", "The pharmacy"),
        ]
        title = words("Vägen över två nät", "The way over two networks")
        self._story.drawing("tva-nat.svg", path_svg(parties, self._drawn, title=title), title, title)

    # --- what they share ------------------------------------------------------------------------------------------------

    def _hand(self, source: int, target: int, sv: str, en: str, *, lost: bool = False) -> Hand:
        return Hand(source, target, self._story.words(sv, en), lost)

    def _follow(self, posted: Posted, enough: sending.Enough) -> Standing:
        return sending.follow(
            self._networks.clinic, self._outbox, posted.message_id, seconds=_SECONDS, enough=enough, tell=lambda _: None
        )

    def _copies(self, posted: Posted) -> tuple[Copy, ...]:
        return self._outbox.copies(posted.message_id)

    def _show(self, posted: Posted) -> mail_view.Sent:
        site = self._networks.clinic
        now = int(self._cast.now().timestamp())
        one = mail_view.sent(self._outbox.message(posted.message_id), self._outbox, site.trust(), mail_view.names_of(site), now)
        self._story.rows([*mail_view.story(one, self._story.language)])
        return one

    def _received(self) -> list[str]:
        with self._cast.pharmacy.ledger() as ledger:
            return [one.prescription_id.hex() for one in ledger.prescriptions()]

    def _inbox(self) -> list[str]:
        with sending.mail_db(self._networks.pharmacy) as db, self._cast.pharmacy.ledger() as ledger:
            return [inbox_view.line(one, self._story.language) for one in inbox_view.all_come(db.inbox, ledger)]

    def _expect(self, holds: bool, what: str) -> None:
        if not holds:
            raise AssertionError(f"the demo did not come out as told: {what}")
