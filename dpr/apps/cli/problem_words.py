"""What was wrong and what was expected, of an issuer's and an authority's input, in Swedish: errors carry them in English.

Rules: a table of phrases; what is not in it stays as it is, and a test looks for that.

Example: `swedish("1 to 3, the number of keys")` → "1 till 3, antalet nycklar"
"""

from __future__ import annotations

import re

_PHRASES = (
    (r"line (\d+), column (\d+)", r"rad \1, kolumn nummer \2"),
    (r"line (\d+), column (\w+)", r"rad \1, kolumn \2"),
    (r"line (\d+)", r"rad \1"),
    (r"nothing", "inget"),
    (r"nobody", "ingen"),
    (r"a value", "ett värde"),
    (r"another name", "ett annat namn"),
    (r"another", "en annan"),
    (r"(\d+) keys", r"\1 nycklar"),
    (r"1 to (\d+) keys", r"1 till \1 nycklar"),
    (r"1 to (\d+), the number of keys", r"1 till \1, antalet nycklar"),
    (r"(\d+) characters", r"\1 tecken"),
    (r"one of (.+)", r"någon av \1"),
    (r"a key for snapshots alone", "en egen nyckel för uppgiften om de senaste listorna"),
    (
        r"a key of the root in force: its request, or at least 8 hexadecimal digits of its thumbprint",
        "en nyckel i rotdokumentet som gäller: dess begäran, eller minst 8 tecken av nyckelavtrycket",
    ),
    (r"a day after today, at most (\d+) days ahead: (.+)", r"en dag efter i dag, högst \1 dagar framåt: \2"),
    (r"(\d+) to (\d+) characters, such as a case number", r"\1 till \2 tecken, till exempel ett ärendenummer"),
    (r"at most (\d+) days ahead", r"högst \1 dagar framåt"),
    (r"a time that no document can hold", "en tid som inget dokument kan ha"),
    (r"(\d+) fields", r"\1 fält"),
    (
        r"(\d+) as in the header; a text with (.) in it stands in double quotes",
        r"\1 som i rubriken; en text med \2 i står inom citattecken",
    ),
    (r"one line for each", "en rad för varje"),
    (r"one line for a recipient", "en rad för varje mottagare"),
    (
        r"network and address, as (.+)",
        r"nät och adress, som \1",
    ),
    (r"https:// in production", "https:// i drift"),
    (r"one line for a key", "en rad för varje nyckel"),
    (r"the key of line (\d+)", r"samma nyckel som rad \1"),
    (r"what the role needs, within the issuer's scope \(issuer.json\)", "vad rollen kräver, inom det utfärdaren får intyga"),
    (r"what the role needs, within the scope of issuer.json", "vad rollen kräver, inom det som issuer.json tillåter"),
    (r"a key of this person's own, in force", "en egen nyckel för personen, som gäller"),
    (r"a key of one person, in force", "en nyckel som är en enda persons och gäller"),
    (r"a request that dpr key new made, whole and unchanged", "en begäran från dpr key new, hel och oförändrad"),
    (r"the name of a file in the folder of requests, without a path", "namnet på en fil i mappen med begäran, utan sökväg"),
    (r"a longer line", "en längre rad"),
    (r"at most (\d+) bytes", r"högst \1 byte"),
    (r"not UTF-8", "inte UTF-8"),
    (r"UTF-8: in the spreadsheet program, save as 'CSV UTF-8'", "UTF-8: spara som 'CSV UTF-8' i kalkylprogrammet"),
    (r"quotes that do not fit", "citattecken som inte går ihop"),
    (
        r"a text in \"double quotes\" that ends on its line, with \"\" for a quote in it",
        'en text inom "citattecken" som slutar på sin rad, med "" för ett citattecken i den',
    ),
    (r"no column (.+)", r"kolumnen saknas: \1"),
    (r"an unknown column", "en okänd kolumn"),
    (r"a column twice", "en kolumn två gånger"),
    (r"the columns of (.+), once each", r"kolumnerna i \1, en gång var"),
)
_COMPILED = [(re.compile(english), swedish) for english, swedish in _PHRASES]


def swedish(phrase: str) -> str:
    """The phrase in Swedish, where it is in the table."""
    for english, translated in _COMPILED:
        if found := english.fullmatch(phrase):
            return found.expand(translated)
    return phrase
