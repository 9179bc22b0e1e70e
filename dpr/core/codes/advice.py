"""`Words`, and the advice that many codes share.

Example: `Words("Listan är gammal.", "The list is old.", *FETCH)`
"""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """What a code means and what to do, in Swedish and English."""

    sv: str
    en: str
    do_sv: str = ""
    do_en: str = ""


#: What to do, where many codes have the same answer.
NOTHING = ("Inget behöver göras.", "Nothing needs doing.")
SCAN_AGAIN = (
    "Skanna igen: bra ljus, hela koden i bild, slätt papper. Går det inte, be om en ny kod eller ring förskrivaren.",
    "Scan again: good light, the whole code in view, flat paper. If it fails, ask for a new code or call the prescriber.",
)
CALL = (
    "Lämna inte ut. Ring förskrivaren och be om ett nytt recept.",
    "Do not dispense. Call the prescriber and ask for a new prescription.",
)
LOOK_UP = (
    "Lämna inte ut. Ring vårdgivaren på ett nummer som du slår upp själv, inte ett som står på receptet.",
    "Do not dispense. Call the care provider on a number that you look up yourself, not one on the prescription.",
)
CORRECT = (
    "Rätta uppgiften och försök igen. Står felet i ett underskrivet recept: ring förskrivaren.",
    "Correct it and try again. If the fault stands in a signed prescription, call the prescriber.",
)
ASK = (
    "Bedöm själv. Är du osäker: ring förskrivaren innan du lämnar ut.",
    "Judge it yourself. If in doubt, call the prescriber before you dispense.",
)
COMPARE = (
    "Jämför receptet med förpackningen. Ring förskrivaren om du inte är säker på vad som menas.",
    "Compare the prescription with the pack. Call the prescriber unless you are sure what is meant.",
)
FETCH = (
    "Hämta nya listor så snart något nät fungerar, eller läs in dem från USB.",
    "Fetch new lists as soon as any network works, or import them from USB.",
)
FETCH_OR_REASON = (
    "Hämta nya listor. Går det inte, kan du lämna ut ändå med ett skäl som sparas.",
    "Fetch new lists. If you cannot, you may dispense all the same with a reason that is recorded.",
)
SUPPORT = (
    "Anmäl felet till den som sköter programmet, med felkoden.",
    "Report it, with this code, to whoever looks after the program.",
)
ISSUER_CORRECTS = (
    "Den som utfärdar beviset rättar uppgiften och utfärdar det på nytt.",
    "Whoever issues the credential corrects it and issues it anew.",
)
AUTHORITY_CORRECTS = (
    "Använd inte listan; den förra gäller. Anmäl till den som ger ut listan.",
    "Do not use the list; the one before is in force. Report it to the authority that publishes it.",
)
NEW_CREDENTIAL = (
    "Skaffa ett nytt behörighetsbevis från arbetsgivaren.",
    "Get a new credential from the employer.",
)
