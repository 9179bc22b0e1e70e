"""What can go wrong when an issuer issues, revokes, changes its key and publishes its lists."""

from __future__ import annotations

from dpr.core.codes.advice import NOTHING, Words

TABLE: dict[str, Words] = {
    "credential_is_suspended": Words(
        "Beviset är vilande.",
        "The credential is suspended.",
        "Häv det först med dpr issuer lift, om det ska gälla igen.",
        "Lift it first with dpr issuer lift, if it is to be in force again.",
    ),
    "credential_not_suspended": Words(
        "Beviset är inte vilande.",
        "The credential is not suspended.",
        *NOTHING,
    ),
    "credential_unknown": Words(
        "Inget bevis med det id:t är utfärdat här.",
        "No credential with that id was issued here.",
        "Ta id:t från dpr issuer list, eller ange bevisets fil.",
        "Take the id from dpr issuer list, or name the credential's file.",
    ),
    "key_compromised": Words(
        "Nyckeln är spärrad som stulen; den får aldrig något bevis igen.",
        "The key is revoked as stolen; it never gets a credential again.",
        "Skapa en ny nyckel och en ny begäran (dpr key new).",
        "Make another key and another request (dpr key new).",
    ),
    "key_of_another": Words(
        "Nyckeln har redan ett bevis för någon annan.",
        "The key has a credential for somebody else already.",
        "Se efter att rätt fil hör till rätt person. Var och en ska ha en egen nyckel.",
        "See that the right file belongs to the right person. Everybody has a key of their own.",
    ),
    "key_twice": Words(
        "Samma nyckel står på två rader.",
        "The same key stands on two lines.",
        "Var och en ska ha en egen nyckel och en egen begäran: rätta raderna.",
        "Everybody has a key and a request of their own: correct the lines.",
    ),
    "request_name": Words(
        "Namnet på begäran är inget filnamn.",
        "The name of the request is no file name.",
        "Skriv bara filens namn, utan katalog.",
        "Write just the file's name, without a folder.",
    ),
    "people_invalid": Words(
        "Tabellen över personer har fel; inget bevis har utfärdats.",
        "The table of people has faults; no credential was issued.",
        "Rätta raderna och kör igen, eller utfärda för de andra med --skip-faulty.",
        "Correct the lines and run it again, or issue for the others with --skip-faulty.",
    ),
    "people_skipped": Words(
        "Raderna med fel är överhoppade; de andra har fått sina bevis.",
        "The lines with faults were skipped; the others have their credentials.",
        "Rätta raderna och kör igen: den som redan har sitt bevis hoppas över.",
        "Correct the lines and run it again: who has a credential is passed over.",
    ),
    "people_column": Words(
        "Tabellens kolumner stämmer inte.",
        "The table's columns are not right.",
        "Skriv kolumnernas namn på första raden, så som de heter i docs/howto-region.md.",
        "Write the columns' names on the first line, as docs/howto-region.md has them.",
    ),
    "people_line": Words(
        "Raden kan inte läsas.",
        "The line cannot be read.",
        "Rätta raden, och spara tabellen som CSV UTF-8.",
        "Correct the line, and save the table as CSV UTF-8.",
    ),
    "issuer_records_busy": Words(
        "Utfärdarens förteckning används av ett annat kommando.",
        "Another command is using the issuer's record.",
        "Vänta tills det är klart och försök igen.",
        "Wait until it is done and try again.",
    ),
    "issuer_key_differs": Words(
        "Nyckeln är inte den som står i utfärdarens issuer.json.",
        "The key is not the one in the issuer's issuer.json.",
        "Ange rätt nyckel med --key. Är nyckeln ny: låt myndigheten godkänna den, och sedan dpr issuer use-key.",
        "Name the right key with --key. If the key is new: have the authority admit it, then dpr issuer use-key.",
    ),
    "issuer_key_taken": Words(
        "Nyckeln hör redan till en annan godkänd utfärdare.",
        "The key belongs to another admitted issuer already.",
        "Godkänn inte. Fråga båda utfärdarna, över en annan väg än den som filen kom.",
        "Do not admit it. Ask both issuers, by another way than the file came.",
    ),
    "issuer_key_unproven": Words(
        "Filen visar inte att utfärdaren har nyckeln.",
        "The file does not show that the issuer has the key.",
        "Be utfärdaren om filen som dpr issuer init eller exchange-key skrev, med dess proofs oförändrade.",
        "Ask the issuer for the file that dpr issuer init or exchange-key wrote, with its proofs unchanged.",
    ),
    "issuer_key_held": Words(
        "Nyckeln är redan utfärdarens.",
        "The key is the issuer's already.",
        "Ange en annan nyckel att byta till.",
        "Name another key to exchange it for.",
    ),
    "issuer_key_waiting": Words(
        "En annan nyckel väntar redan på att godkännas (issuer.next.json).",
        "Another key is already waiting to be admitted (issuer.next.json).",
        "Ta den i bruk med dpr issuer use-key när den är godkänd, eller ta bort issuer.next.json och börja om.",
        "Take it into use with dpr issuer use-key once it is admitted, or remove issuer.next.json and begin anew.",
    ),
    "issuer_key_not_waiting": Words(
        "Ingen nyckel väntar på att tas i bruk.",
        "No key is waiting to be taken into use.",
        "Börja med: dpr issuer exchange-key.",
        "Begin with: dpr issuer exchange-key.",
    ),
    "issuer_key_not_admitted": Words(
        "Myndighetens lista har inte den nya nyckeln; det som den skrev under skulle ingen godta.",
        "The authority's list does not have the new key; nobody would accept what it signs.",
        "Vänta på myndighetens nya lista, hämta den och kör kommandot igen. Nyckeln före används under tiden.",
        "Wait for the authority's new list, fetch it, and run the command again. The key before is used meanwhile.",
    ),
    "authority_list_unreadable": Words(
        "Filen är ingen lista över utfärdare från myndigheten.",
        "The file is no list of issuers of the authority's.",
        "Ange trust-list.cbor ur det som myndigheten publicerar.",
        "Give trust-list.cbor of what the authority publishes.",
    ),
    "issuer_list_refused": Words(
        "En lista som skulle publiceras skulle inget apotek godta; listorna från förut ligger kvar.",
        "A list that was to be published would be accepted by no pharmacy; the lists before are in place.",
        "Kontrollera att nyckeln (--key) är hel. Anmäl annars felet, med raden ovan, till den som sköter programmet.",
        "Check that the key (--key) is in order. Otherwise report the line above to whoever looks after the program.",
    ),
    "revocations_too_many": Words(
        "Det är fler spärrar än en lista får ha; listorna från förut ligger kvar.",
        "There are more revocations than one list may hold; the lists before are in place.",
        "Dela upp utfärdaren i flera, och utfärda bevis med kortare tid. Ring myndigheten om någon måste stoppas nu.",
        "Divide the issuer into several, and issue shorter credentials. Call the authority if somebody must be stopped now.",
    ),
    "status_bits_suspended": Words(
        "En spärrlista med en bit per plats kan inte säga att ett bevis är vilande.",
        "A revocation list of one bit for each entry cannot say that a credential is suspended.",
        "Publicera med --bits 2, eller häv eller spärra de vilande först.",
        "Publish with --bits 2, or lift or revoke what is suspended first.",
    ),
    "published_ahead": Words(
        "Listan som publicerades senast är daterad senare än den här datorns klocka.",
        "The list that was published last is dated later than this computer's clock.",
        "Ställ klockan rätt. Är den rätt gick den fel då: publicera med --clock-was-ahead och säg till myndigheten.",
        "Set the clock right. If it is right, the clock was wrong then: publish with --clock-was-ahead and tell the authority.",
    ),
}
