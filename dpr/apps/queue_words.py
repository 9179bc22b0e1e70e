"""The queue to the register in words: the states of a row and what happened to it.

Rules: one table in Swedish and English; a state or event that is not in it is a programming error (KeyError), which a test
looks for.

Example: `state_words(State.PARKED, "sv")` → "väntar på farmaceut"
"""

from __future__ import annotations

from dpr.core.backreg import Event, State
from dpr.core.codes import CODES
from dpr.core.wording import LANGUAGES, Language

STATES: dict[State, tuple[str, str]] = {
    State.QUEUED: ("väntar", "waiting"),
    State.SENT: ("obesvarat", "unanswered"),
    State.REGISTERED: ("registrerat", "registered"),
    State.PARKED: ("väntar på farmaceut", "waiting for a pharmacist"),
    State.CONFLICT: ("i konflikt", "in conflict"),
}
EVENTS: dict[Event, tuple[str, str]] = {
    Event.SEND: ("skickat, inget svar än", "sent, no answer yet"),
    Event.CREATED: ("registret tog emot", "the register took it"),
    Event.UNREACHABLE: ("registret gick inte att nå", "the register could not be reached"),
    Event.SILENT: ("registret svarade inte", "the register did not answer"),
    Event.REJECTED: ("registret sade nej", "the register said no"),
    Event.FOUND_ONE: ("finns i registret", "is in the register"),
    Event.FOUND_NONE: ("finns inte i registret", "is not in the register"),
    Event.FOUND_MANY: ("finns flera gånger i registret", "is in the register several times"),
    Event.TWIN: ("registret har ett likadant recept", "the register has a prescription that looks the same"),
    Event.ADOPTED: ("pekades ut i registret", "was pointed out in the register"),
    Event.RETRY: ("försöks igen", "is tried again"),
}


def state_words(state: State, language: Language) -> str:
    """A state in words."""
    return STATES[state][LANGUAGES.index(language)]


def event_words(event: Event, language: Language) -> str:
    """An event in words."""
    return EVENTS[event][LANGUAGES.index(language)]


def row_words(words: str, language: Language) -> str:
    """What a row says to a pharmacist: our own codes in words, the register's words as they came."""
    code, _, rest = words.partition(": ")
    found = CODES.get(code)
    if found is None:
        return words
    return f"{found.sv if language == 'sv' else found.en}{f' ({rest})' if rest else ''} [{code}]"
