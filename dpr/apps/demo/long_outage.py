"""The demo's long chapter: 30 days without a network, on a clock of its own.

Rules: as dpr.apps.demo.chapters: every answer shown is what the product gave just now, and a chapter that does not come out as
told stops. Each day's answers are verdicts on prescriptions signed that day.

Example: `thirty_days(cast, story)`
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from dpr.apps import site_trust
from dpr.apps.demo.calendar_svg import Line, calendar_svg
from dpr.apps.demo.cast import Cast
from dpr.apps.demo.mirror import Mirror
from dpr.apps.demo.story import Story
from dpr.core import codes
from dpr.core.dispensing import Ground, Outcome
from dpr.core.verify import Accepted, Check, Refused, verify
from dpr.flows.receive import Received, receive

_DAYS = 30
#: On these days the terminal shows a row; the drawing has them all.
_SHOWN = (0, 1, 2, 5, 8, 9, 10, 16, 18, 24, 30)
_NEWS_ON, _REVOKED_ON = 9, 3


def thirty_days(cast: Cast, story: Story) -> None:
    """A prescriber is revoked on day 3; the news comes by stick on day 9; ages and grades are visible throughout."""
    story.chapter("30 dagar utan nät", "30 days without a network")
    story.say(
        "Inget apotek når något. Regionen har el, men inget nät till apoteken. Klockan flyttas dag för dag.",
        "No pharmacy reaches anything. The region has power, but no network to them. The clock moves day by day.",
    )
    takes = timedelta(days=_DAYS, minutes=30)
    with Cast(cast.folder / "trettio-dagar", takes=takes, revoked=()) as far:
        far.register.behave(fault="down")
        _Days(far, story).tell()


class _Days:
    """The days, one after the other."""

    def __init__(self, cast: Cast, story: Story) -> None:
        self._cast, self._story = cast, story
        self._signs: dict[str, list[str]] = {name: [] for name in ("trust_list", "status", "ordinary", "locum", "narcotic")}
        self._day = 0
        #: Signed with the key of the prescriber who loses the right: before it, and after.
        self._before = self._after = b""

    def tell(self) -> None:
        for day in range(_DAYS + 1):
            self._day = day
            self._happens(day)
            self._look(shown=day in _SHOWN)
            if day < _DAYS:
                self._cast.wait(days=1)
        self._draw()
        self._network_returns()

    def _happens(self, day: int) -> None:
        cast, story = self._cast, self._story
        if day == 2:
            self._before = cast.sign(cast.draft("repeats"), who="revoked")
            self._dispense_first()
        elif day == _REVOKED_ON:
            cast.revoke("revoked")
            cast.publish()
            story.say(
                "Dag 3: regionen spärrar en läkare, vars nyckel är stulen. Nyheten stannar i regionen.",
                "Day 3: the region revokes a doctor whose key was stolen. The news stays in the region.",
            )
        elif day == 5:
            self._after = cast.sign(cast.draft("repeats"), who="revoked")
            story.say(
                "Dag 5: ett recept signerat med den stulna nyckeln. Apoteket kan inte veta det, och säger hur lite det vet:",
                "Day 5: a prescription by the stolen key. The pharmacy cannot know, and says how little it knows:",
            )
            verdict = self._verify(self._after)
            self._expect(isinstance(verdict, Accepted), "nothing here has told of the revocation yet")
            story.verdict(verdict)
        elif day == _NEWS_ON:
            self._news()
        elif day == 12:
            self._clock_set_back()

    def _dispense_first(self) -> None:
        """Day 2: the doctor is still in office; the first dispensing is made."""
        received = self._receive(self._before)
        self._expect(isinstance(received, Received), "received on day 2")
        assert isinstance(received, Received)
        self._cast.dispense(received.verdict.prescription.id, register_up=False, ground=self._ground())

    def _news(self) -> None:
        cast, story = self._cast, self._story
        story.say(
            "Dag 9: en kurir kommer med ett minne. Nu vet apoteket om spärren, och sedan när den gäller.",
            "Day 9: a courier brings a stick. The pharmacy learns of the revocation, and since when it holds.",
        )
        added = site_trust.add(cast.pharmacy, [cast.publish()])
        self._expect(not added.brought_in.of("refused"), "everything on the stick is taken")
        story.rows([f"✓ {path.relative_to(cast.folder)}" for path in added.paths])
        refused = self._verify(self._after)
        self._expect(isinstance(refused, Refused) and refused.code == "credential_revoked", "refused from day 9 on")
        story.say("Receptet från dag 5:", "The prescription from day 5:")
        story.verdict(refused)
        story.say(
            "Receptet från dag 2 fanns i apotekets liggare före spärren, så det skrevs innan. Med ett skäl får det lämnas ut.",
            "The prescription from day 2 came before the revocation, says the ledger. With a reason it may be dispensed.",
        )
        again = self._receive(self._before)
        self._expect(isinstance(again, Received), "what came in before the revocation stands")
        assert isinstance(again, Received)
        later = [check for check in again.checks if check.code == "credential_revoked_later"]
        self._expect(bool(later) and later[0].override, "and needs a reason")
        story.rows([self._words(check) for check in later])

    def _clock_set_back(self) -> None:
        cast, story = self._cast, self._story
        story.say(
            "Dag 12: datorns batteri är slut och klockan står på förra året. Inget blir giltigt igen av det.",
            "Day 12: the computer's battery is dead and its clock shows last year. That makes nothing valid again.",
        )
        cast.wait(days=-365)
        verdict = self._verify(self._after)
        cast.wait(days=365)
        found = {check.code for check in verdict.checks}
        self._expect({"clock_far_behind", "credential_revoked"} <= found, "a clock set back un-revokes nothing")
        story.verdict(verdict)

    def _look(self, *, shown: bool) -> None:
        """What the pharmacy answers on this day to three prescriptions signed on it."""
        cast = self._cast
        ordinary = self._verify(cast.sign(cast.draft("ordinary")))
        locum = self._verify(cast.sign(cast.draft("ordinary"), who="locum"))
        narcotic = self._verify(self._narcotic())
        signs = {
            "trust_list": _worst([check for check in ordinary.checks if check.step == 1 and "list" in check.code]),
            "status": _worst([check for check in ordinary.checks if check.step == 2]),
            "ordinary": _worst(ordinary.checks),
            "locum": _worst(locum.checks),
            "narcotic": _worst(narcotic.checks),
        }
        for name, sign in signs.items():
            self._signs[name].append(sign)
        if shown:
            ages = {check.step: check.age_seconds for check in ordinary.checks if check.step in (1, 2) and check.age_seconds}
            days = " / ".join(str(round(ages.get(step, 0) / 86_400)) for step in (1, 2))
            head = self._story.words(f"dag {self._day:>2}", f"day {self._day:>2}")
            what = self._story.words(
                f"listor {days} d gamla: vanligt {signs['ordinary']}  vikarie {signs['locum']}  narkotika {signs['narcotic']}",
                f"lists {days} d old: ordinary {signs['ordinary']}  locum {signs['locum']}  narcotic {signs['narcotic']}",
            )
            self._story.rows([f"{head}  {what}", *self._reasons(ordinary, locum)])

    def _narcotic(self) -> bytes:
        """A narcotic, signed at a clinic that does not judge it as a pharmacy would: it has no fresh lists either."""
        from dpr.core import documents, drafts

        key, credential = self._cast.people["prescriber"]
        data = json.dumps(self._cast.draft("narcotic")).encode()
        value = drafts.read(data, id=self._day.to_bytes(16, "big"), authored_at=int(self._cast.now().timestamp()))
        return documents.sign(documents.PRESCRIPTION, value, key, credential=credential)

    def _reasons(self, *verdicts: Accepted | Refused) -> list[str]:
        found: dict[str, Check] = {}
        for verdict in verdicts:
            found |= {check.code: check for check in verdict.checks if check.outcome is not Outcome.PASS}
        return [f"        {self._words(check)}" for check in found.values()]

    def _words(self, check: Check) -> str:
        found = codes.words(check.code)
        return f"{_sign(check)} {found.sv if self._story.language == 'sv' else found.en}"

    def _draw(self) -> None:
        story = self._story
        names = {
            "trust_list": story.words("Lista över utfärdare", "List of issuers"),
            "status": story.words("Spärrlista", "Revocation data"),
            "ordinary": story.words("Vanligt recept", "Ordinary prescription"),
            "locum": story.words("Vikarie, bevis på 14 dagar", "Locum, credential of 14 days"),
            "narcotic": story.words("Narkotika", "Narcotic"),
        }
        meanings = {
            "✓": story.words("allt färskt", "all fresh"),
            "!": story.words("får lämnas ut, med en varning", "may be dispensed, with a warning"),
            "✎": story.words("får lämnas ut med ett skäl som sparas", "may be dispensed with a recorded reason"),
            "✗": story.words("lämnas inte ut", "not dispensed"),
        }
        title = story.words("Vad som får lämnas ut, dag för dag", "What may be dispensed, day by day")
        svg = calendar_svg(
            [Line(names[name], signs) for name, signs in self._signs.items()],
            meanings,
            title=title,
            axis=story.words("dag", "day"),
        )
        story.drawing("trettio-dagar.svg", svg, f"{title}. Minnet kommer dag 9.", f"{title}. The stick comes on day 9.")
        self._expect(set("".join(self._signs["ordinary"])) <= set("✓!✎"), "an ordinary prescription never stops")
        self._expect(self._signs["narcotic"][0] != "✗" and self._signs["narcotic"][3] == "✗", "a narcotic stops by age")
        self._expect("✎" in self._signs["locum"] or "!" in self._signs["locum"], "the locum's credential has a grace")

    def _network_returns(self) -> None:
        cast, story = self._cast, self._story
        story.say(
            "Dag 30: nätet är tillbaka. Apoteket hämtar listorna från en spegel, och allt är färskt igen.",
            "Day 30: the network is back. The pharmacy fetches the lists from a mirror, and everything is fresh again.",
        )
        with Mirror(cast.publish()) as mirror:
            refreshed = site_trust.fetch(cast.pharmacy, [mirror.url], lambda _done, _total: None)
        taken = refreshed.brought_in
        self._expect(taken is not None and not taken.of("refused"), "everything fetched is taken")
        verdict = self._verify(cast.sign(cast.draft("ordinary")))
        self._expect(_worst(verdict.checks) == "✓", "all fresh")
        story.verdict(verdict, all_checks=True)

    def _verify(self, document: bytes) -> Accepted | Refused:
        site = self._cast.pharmacy
        return verify(document, site.trust(), self._cast.now(), policy=site.policy, catalogue=site.catalogue())

    def _receive(self, document: bytes) -> Received | Refused:
        site = self._cast.pharmacy
        with site.ledger() as ledger:
            return receive(
                document,
                path="qr",
                trust=site.trust(),
                ledger=ledger,
                now=self._cast.now(),
                policy=site.policy,
                catalogue=site.catalogue(),
            )

    def _ground(self) -> Ground:
        why = self._story.words("Inget nät", "No network")
        return Ground(decided_by="Leila Haddad", reason=why, since=int(self._cast.now().timestamp()) - self._day * 86_400)

    def _expect(self, holds: bool, what: str) -> None:
        if not holds:
            raise AssertionError(f"the demo did not come out as told: day {self._day}: {what}")


def _worst(checks: Any) -> str:
    """The sign of the worst of these checks."""
    return max((_sign(check) for check in checks), key="✓!✎✗".index, default="✓")


def _sign(check: Check) -> str:
    if check.outcome is Outcome.STOP:
        return "✗"
    if check.outcome is Outcome.PASS:
        return "✓"
    return "✎" if check.override else "!"
