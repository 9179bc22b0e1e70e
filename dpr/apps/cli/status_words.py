"""How the state of a site's trust data is said to a person: first what may be dispensed, then what that rests on, and last what
each code means.

Rules: a mark and a word, never colour alone; times are Swedish local time, with how far off they are; a code is explained once,
with what to do. What holds for every issuer is not said of each of them.

Example: `show_status(status_of(site), given, every_issuer=False)`
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dpr.apps.cli.common import Context, age_words, show
from dpr.apps.cli.trust_words import SHOWN, explain, moment, of_file, said, within
from dpr.core.days import STOCKHOLM
from dpr.core.products import ControlClass
from dpr.core.wording import enum_words

if TYPE_CHECKING:
    from dpr.core.wording import Language

MARKS = {"yes": "✓", "warning": "!", "reason": "!!", "no": "✗", "fresh": "✓", "stale": "!", "red": "!!"}
_PERMISSIONS = {
    "yes": ("får lämnas ut", "may be dispensed"),
    "warning": ("får lämnas ut, med en varning", "may be dispensed, with a warning"),
    "reason": ("får lämnas ut med ett skäl", "may be dispensed with a reason"),
    "no": ("får inte lämnas ut", "must not be dispensed"),
}
_GRADES = {"fresh": ("färsk", "fresh"), "stale": ("gammal", "stale"), "red": ("mycket gammal", "very old")}
_ENVIRONMENTS = {"test": ("test", "test"), "production": ("drift", "production")}


def show_status(found: dict[str, Any], given: Context, *, every_issuer: bool) -> None:
    """All of it. `found`: as dpr.apps.site_status says it."""
    language = given.language
    if found["error"]:
        show(f"✗ {said(found['error'], language)} {found['error_detail']}{_bracketed([found['error']])}")
    given.say("Med det som finns här just nu:", "By what is held here now:")
    for name, one in _grouped(found["classes"], language):
        _show_class(name, one, found["now"], language)
    _show_own(found, language)
    _show_clock(found, given)
    _show_parts(found, given)
    if not found["error"]:
        _show_issuers(found, given, every_issuer)
        _show_missing(found, given)
    codes = [*dict.fromkeys(_codes(found))]
    if codes:
        given.say("Vad koderna betyder:", "What the codes mean:")
        explain(codes, language)


def _codes(found: dict[str, Any]) -> Iterable[str]:
    """Every code that is shown, those that matter most first."""
    if found["error"]:
        yield found["error"]
    yield from (code for one in (*found["classes"], *found["own"]) for code in one["codes"])
    yield from (one["next"]["code"] for one in found["classes"] if one["next"])
    for kind in ("issuers", "pharmacies"):
        yield from (code for one in found[kind]["listed"] for code in one["ordinary"]["codes"])
    yield from (_of_site(one["code"]) for one in found["files_left_out"])


def _of_site(code: str) -> str:
    """The code for a file of the site itself, which was whole when it came in."""
    return "trust_file_torn" if of_file(code) == "file_torn" else of_file(code)


def _grouped(classes: list[dict[str, Any]], language: Language) -> list[tuple[str, dict[str, Any]]]:
    """Ordinary medicines, then the classes of special ones, those with one answer together."""
    answers: list[tuple[list[str], dict[str, Any]]] = []
    for one in classes[1:]:
        answer = {name: value for name, value in one.items() if name != "class"}
        names = next((names for names, other in answers if other == answer), None)
        if names is None:
            answers.append((names := [], answer))
        names.append(enum_words(ControlClass[one["class"].upper()], language))
    ordinary = within(language, ("Vanliga läkemedel", "Ordinary medicines"))
    special = within(language, ("Särskilda läkemedel", "Special medicines"))
    return [(ordinary, classes[0]), *((f"{special} ({', '.join(names)})", answer) for names, answer in answers)]


def _show_class(name: str, one: dict[str, Any], now: str, language: Language) -> None:
    counts = {name: count for name, count in one["issuers"].items() if count}
    allowed = within(language, _PERMISSIONS[one["permission"]])
    if len(counts) > 1:
        split = ", ".join(f"{count} {within(language, _PERMISSIONS[name])}" for name, count in counts.items())
        allowed = within(language, (f"beror på utfärdaren: {split}", f"depends on the issuer: {split}"))
    show(f"  {MARKS[one['permission']]} {name}: {allowed}{_bracketed(one['codes'])}")
    if one["next"]:
        worse = within(language, _PERMISSIONS[one["next"]["permission"]])
        some, every = one["next_issuers"], sum(one["issuers"].values())
        of = within(language, (f", för {some} av {every} utfärdare", f", for {some} of {every} issuers")) * (some < every)
        since = moment(one["next"]["at"], now, language)
        code = _bracketed([one["next"]["code"]])
        show(f"      {within(language, ('från', 'from'))} {since}: {worse}{of}{code}")


def _bracketed(codes: list[str]) -> str:
    return f" [{', '.join(codes)}]" if codes else ""


_OWN = {
    "pharmacy": ("Apotekets behörighetsbevis", "The pharmacy's credential"),
    "pharmacist": ("Farmaceutens behörighetsbevis", "The pharmacist's credential"),
}


def _show_own(found: dict[str, Any], language: Language) -> None:
    for one in found["own"]:
        until = moment(one["valid_until"], found["now"], language)
        name, word = within(language, _OWN[one["role"]]), within(language, ("gäller till", "valid until"))
        show(f"{MARKS[one['permission']]} {name} {one['id']}: {word} {until}{_bracketed(one['codes'])}")


def _show_clock(found: dict[str, Any], given: Context) -> None:
    clock = found["clock"]
    shown = f"{datetime.fromisoformat(found['now']).astimezone(STOCKHOLM):%Y-%m-%d %H:%M}"
    mark = MARKS[clock["permission"]]
    if clock["permission"] != "yes":
        floor, off = moment(clock["floor"], found["now"], given.language), age_words(clock["behind_seconds"], given.language)
        given.say(
            f"{mark} Klockan visar {shown}, men myndighetens listor är från {floor}: den går minst {off} efter. "
            "Allt bedöms vid listornas tid. Ställ klockan rätt.",
            f"{mark} The clock shows {shown}, but the authority's lists are from {floor}: it is at least {off} "
            "behind. Everything is judged at the lists' time. Set the clock right.",
        )
    elif clock["ahead_seconds"]:
        off = age_words(clock["ahead_seconds"], given.language)
        given.say(
            f"! Klockan visar {shown}, {off} efter den nyaste listan. Kontrollera att den går rätt.",
            f"! The clock shows {shown}, {off} after the newest list. Check that it is right.",
        )
    else:
        given.say(f"{mark} Klockan: {shown}", f"{mark} Clock: {shown}")


def _show_parts(found: dict[str, Any], given: Context) -> None:
    root, language = found["root"], given.language
    environment = within(language, _ENVIRONMENTS[root["environment"]])
    show(f"  {within(language, ('Rotdokument', 'Root'))}: {root['authority']}, {environment}, version {root['version']}")
    for key, names in (
        ("trust_list", ("Lista över utfärdare", "List of issuers")),
        ("snapshot", ("Uppgift om senaste listor", "What the latest lists are")),
        ("address_book", ("Adressbok", "Address book")),
    ):
        part, name = found[key], within(language, names)
        if part is None and found["error"]:
            continue  # nothing else was read
        if part is None:
            show(f"  {name}: {within(language, ('finns inte', 'none is held'))}")
        else:
            issued, due = (moment(part[one], found["now"], language) for one in ("issued_at", "next_update"))
            grade = within(language, _GRADES[part["grade"]])
            given.say(
                f"{MARKS[part['grade']]} {name}: version {part['version']}, {grade}, från {issued}, nästa väntas senast {due}",
                f"{MARKS[part['grade']]} {name}: version {part['version']}, {grade}, of {issued}, the next is due by {due}",
            )


def _show_issuers(found: dict[str, Any], given: Context, every_issuer: bool) -> None:
    given.say(
        f"  Spärrlistor: {found['status_lists']}; listor med datum för spärrar: {found['revocations']}",
        f"  Revocation lists: {found['status_lists']}; lists with dates of revocations: {found['revocations']}",
    )
    for kind, names in (
        ("issuers", ("Utfärdare för dem som skriver recept", "Issuers of prescribers")),
        ("pharmacies", ("Utfärdare för apotek och farmaceuter", "Issuers of pharmacies and pharmacists")),
    ):
        rows = found[kind]
        gone = rows["not_in_force"]
        ended = within(given.language, (f", {gone} inte godkända nu", f", {gone} not approved now")) if gone else ""
        show(f"  {within(given.language, names)}: {rows['count']}{ended}")
        for one in rows["listed"]:
            worst = one["ordinary"] if kind == "pharmacies" else max(one["ordinary"], one["special"], key=_badness)
            if every_issuer or _badness(worst):
                _show_issuer(one, found["now"], given.language)
    if later := found["issuers"]["left_out"]:
        given.say(
            f"! {later} utfärdare är skrivna av en senare version och används inte: uppdatera programmet.",
            f"! {later} issuers were written by a later version and are not used: update the program.",
        )


def _badness(answer: dict[str, Any]) -> int:
    return list(_PERMISSIONS).index(answer["permission"])


def _show_issuer(one: dict[str, Any], now: str, language: Language) -> None:
    held = one["issued_at"]
    issued = moment(held, now, language) if held else within(language, ("saknas", "missing"))
    word = within(language, ("spärrlista", "revocation list"))
    mark = MARKS[one["ordinary"]["permission"]]
    show(f"    {mark} {one['id']} {one['name']}: {word} {issued}{_bracketed(one['ordinary']['codes'])}")


def _show_missing(found: dict[str, Any], given: Context) -> None:
    if found["behind"]:
        names = ", ".join(one["name"] for one in found["behind"][:SHOWN]) + (" …" if len(found["behind"]) > SHOWN else "")
        given.say(
            f"! {len(found['behind'])} listor är äldre än de senaste, eller saknas: {names}. Hämta: dpr trust fetch",
            f"! {len(found['behind'])} lists are older than the latest, or missing: {names}. Fetch: dpr trust fetch",
        )
    for one in found["files_left_out"][:SHOWN]:
        given.say(
            f"! Används inte: {one['file']} [{_of_site(one['code'])}]", f"! Not used: {one['file']} [{_of_site(one['code'])}]"
        )
    if len(found["files_left_out"]) > SHOWN:
        show(f"! … {len(found['files_left_out'])}")
