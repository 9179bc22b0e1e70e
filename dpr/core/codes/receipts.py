"""What a bundle of receipts proves, step by step, and what can be wrong with one (dpr.core.mail.bundle_steps); and what can
be wrong when somebody sends or asks for proof."""

from __future__ import annotations

from dpr.core.codes.advice import NOTHING, SUPPORT, Words

_ASK_AGAIN = (
    "Be avsändaren om en ny fil, gjord med: dpr mail bundle.",
    "Ask the sender for a new file, made with: dpr mail bundle.",
)
_NOT_TRUSTED = (
    "Lita inte på filen. Jämför fingeravtrycket med det som myndigheten har offentliggjort, från en annan källa.",
    "Do not rely on the file. Compare the fingerprint with the one that the authority has published, from another source.",
)
_FOREIGN = (
    "Lita inte på filen. Fråga den som gav den var kvittensen kommer ifrån.",
    "Do not rely on the file. Ask whoever gave it where the receipt comes from.",
)
_LATER_LISTS = (
    "Gör om filen när listor finns som är nyare än kvittenserna, eller pröva den vid en plats som har dem: dpr --site.",
    "Make the file again when there are lists newer than the receipts, or verify it at a site that has them: dpr --site.",
)
_EVIDENCE = (
    "Spara båda kvittenserna: de är bevis som vem som helst kan pröva. Anmäl till den som har tillsyn.",
    "Keep both receipts: they are evidence that anybody can check. Report it to the supervisor.",
)
_WEIGH = (
    "Väg in det. Andra uppgifter om tiden kan behövas.",
    "Take it into account. Other evidence of the time may be needed.",
)

TABLE: dict[str, Words] = {
    "bundle_read": Words("Filen är hel och av en enda form.", "The file is whole and of one form.", *NOTHING),
    "bundle_malformed": Words(
        "Filen är ingen bevisfil från dpr, eller är skadad.", "The file is no dpr bundle, or is damaged.", *_ASK_AGAIN
    ),
    "bundle_too_large": Words("Bevisfilen är för stor.", "The bundle is too large.", *SUPPORT),
    "bundle_trusted": Words(
        "Listorna i filen är underskrivna under myndighetens rot.",
        "The lists in the file are signed under the authority's root.",
        *NOTHING,
    ),
    "bundle_evidence_missing": Words(
        "Filen har inga listor att pröva mot.",
        "The file has no lists to be judged by.",
        "Pröva den vid en plats som har listor (dpr --site), eller be om en fil där de är med.",
        "Verify it at a site that has lists (dpr --site), or ask for a file that includes them.",
    ),
    "bundle_root_unknown": Words(
        "Filens rötter leder inte vidare från den rot som du har, vid en plats den som gäller där.",
        "The file's roots do not lead on from the root that you have, at a site the one in force there.",
        *_NOT_TRUSTED,
    ),
    "bundle_evidence_forged": Words(
        "En rot eller lista i filen är inte underskriven av dem som får.",
        "A root or list in the file is not signed by those who may.",
        *_FOREIGN,
    ),
    "receipts_signed": Words(
        "Varje kvittens är underskriven av någon som får säga detta.",
        "Each receipt is signed by somebody who may say this.",
        *NOTHING,
    ),
    "receipts_one_message": Words(
        "Alla kvittenser gäller samma meddelande, till samma mottagare.",
        "All receipts are about the same message, to the same recipient.",
        *NOTHING,
    ),
    "receipt_signers_in_force": Words(
        "Alla som har skrivit under hade rätt till det då, och är inte spärrade.",
        "Everybody who signed had the right to it then, and is not revoked.",
        *NOTHING,
    ),
    "receipt_signer_not_in_force": Words(
        "Den som har skrivit under hade inget giltigt bevis vid den tiden.",
        "Whoever signed had no valid credential at that time.",
        *_FOREIGN,
    ),
    "receipt_signer_unlisted": Words(
        "Det går inte att se om den som har skrivit under är spärrad: listan saknas.",
        "Whether the signer is revoked cannot be seen: the list is missing.",
        *_LATER_LISTS,
    ),
    "receipt_signer_revoked": Words(
        "Den som har skrivit under var redan spärrad.",
        "Whoever signed was revoked already.",
        "Lita inte på kvittensen: nyckeln kan vara stulen.",
        "Do not rely on the receipt: the key may be stolen.",
    ),
    "receipt_signer_revoked_later": Words(
        "Den som har skrivit under spärrades senare; tiden styrks bara av andras kvittenser.",
        "Whoever signed was revoked later; only the receipts of others attest the time.",
        *_WEIGH,
    ),
    "receipt_signer_revoked_undated": Words(
        "Mottagaren spärrades senare, och ingen oberoende förmedlare intygar att det var efter kvittensen.",
        "The recipient was revoked later, and no independent relay attests that it was after the receipt.",
        "Lita inte på kvittensen: nyckeln kan vara stulen och dagen påhittad. Fråga avsändaren om en förmedlares R2.",
        "Do not rely on the receipt: the key may be stolen and the date invented. Ask the sender for a relay's R2.",
    ),
    "receipt_signer_issuer_removed": Words(
        "Den som intygar undertecknaren är borttagen ur den tillitslista som finns här, som är nyare än filens.",
        "Whoever vouches for the signer is removed from the trust list held here, which is newer than the file's.",
        "Lita inte på kvittensen: utfärdarens nyckel kan vara stulen. Fråga myndigheten varför den togs bort.",
        "Do not rely on the receipt: the issuer's key may be stolen. Ask the authority why it was removed.",
    ),
    "bundle_lists_ok": Words(
        "Spärrlistorna är nyare än kvittenserna.", "The revocation data are newer than the receipts.", *NOTHING
    ),
    "bundle_lists_before": Words(
        "Spärrlistorna är något äldre än kvittenserna: en spärr däremellan syns inte.",
        "The revocation data are a little older than the receipts: a revocation in between does not show.",
        *_LATER_LISTS,
    ),
    "bundle_lists_old": Words(
        "Spärrlistorna är för gamla för att säga något om kvittenserna.",
        "The revocation data are too old to say anything about the receipts.",
        *_LATER_LISTS,
    ),
    "bundle_lists_behind": Words(
        "Uppgiften om de senaste listorna, filens eller platsens, visar att en spärrlista är utbytt mot en äldre.",
        "The record of the latest lists, the file's or the site's, shows that a revocation list was replaced by an older one.",
        *_FOREIGN,
    ),
    "bundle_document_ok": Words(
        "Dokumentet är det som mottagaren har kvitterat, byte för byte.",
        "The document is the one that the recipient receipted, byte for byte.",
        *NOTHING,
    ),
    "bundle_document_other": Words(
        "Kvittensen gäller ett annat dokument än det i filen.",
        "The receipt is for another document than the file's.",
        *_FOREIGN,
    ),
    "bundle_document_unverified": Words(
        "Dokumentets egen underskrift går inte att styrka här; kvittenserna gäller dess byte ändå.",
        "The document's own signature cannot be verified here; the receipts are about its bytes all the same.",
        *_WEIGH,
    ),
    "bundle_message_ok": Words(
        "Avsändaren har skrivit under just detta innehåll till denna mottagare.",
        "The sender signed just this content for this recipient.",
        *NOTHING,
    ),
    "bundle_message_absent": Words(
        "Det underskrivna meddelandet är inte med: filen säger inte vem som sände.",
        "The signed message is not included: the file does not say who sent it.",
        *NOTHING,
    ),
    "bundle_message_differs": Words(
        "Meddelandet i filen är ett annat än det som kvitterades.",
        "The message in the file is another than the one that was receipted.",
        *_FOREIGN,
    ),
    "receipts_agree": Words("Ingen kvittens säger emot en annan.", "No receipt contradicts another.", *NOTHING),
    "relay_contradicts": Words(
        "Förmedlaren har kvitterat två saker som inte båda kan vara sanna.",
        "The relay has receipted two things that cannot both be true.",
        *_EVIDENCE,
    ),
    "recipient_contradicts": Words(
        "Mottagaren har svarat på två sätt på samma meddelande.",
        "The recipient has answered one message in two ways.",
        *_EVIDENCE,
    ),
    "receipt_times_ok": Words("Tiderna följer på varandra.", "The times follow on each other.", *NOTHING),
    "receipt_times": Words(
        "Kvittensen är daterad före det som den bygger på.", "The receipt is dated before what it builds on.", *_FOREIGN
    ),
    "receipt_in_future": Words(
        "Kvittensen är daterad i framtiden.",
        "The receipt is dated in the future.",
        "Kontrollera datorns klocka. Stämmer den: lita inte på kvittensen.",
        "Check the computer's clock. If that is right, do not rely on the receipt.",
    ),
    "receipt_after_witness": Words(
        "Svaret kom efter att förmedlaren hade lämnat över: dess tid är bara mottagarens ord.",
        "The answer came after the relay had handed over: its time is the recipient's word alone.",
        *_WEIGH,
    ),
    "bundle_whole": Words(
        "Mottagarens svar och förmedlarens vittnesmål är med.",
        "The recipient's answer and the relay's testimony are included.",
        *NOTHING,
    ),
    "bundle_answer_missing": Words(
        "Mottagarens egen kvittens är inte med: det är inte visat att den har tagit emot.",
        "The recipient's own receipt is not included: that it received is not shown.",
        *_ASK_AGAIN,
    ),
    "bundle_outcome_missing": Words(
        "Mottagaren har tagit emot men inte lämnat besked om dokumentet.",
        "The recipient has received, but given no answer about the document.",
        *_ASK_AGAIN,
    ),
    "bundle_custody_missing": Words(
        "Ingen oberoende förmedlare intygar när meddelandet lämnades in.",
        "No independent relay attests when the message was handed in.",
        *_WEIGH,
    ),
    "bundle_hand_over_missing": Words(
        "Ingen oberoende förmedlare intygar när meddelandet hämtades.",
        "No independent relay attests when the message was fetched.",
        *_WEIGH,
    ),
    "receipts_not_comparable": Words("Kvittenserna kan båda vara sanna.", "The receipts can both be true.", *NOTHING),
    "bundle_receipts_missing": Words(
        "Ingen av kvittenserna gäller detta meddelande och stämmer.",
        "None of the receipts is about this message and verifies.",
        "Vänta tills en förmedlare har kvitterat: dpr mail show.",
        "Wait until a relay has receipted it: dpr mail show.",
    ),
    "root_fingerprint_form": Words(
        "Fingeravtrycket är inte skrivet rätt.",
        "The fingerprint is not well formed.",
        "Skriv alla 64 tecknen (0-9, a-f); mellanrum gör inget.",
        "Write all 64 characters (0-9, a-f); spaces do not matter.",
    ),
    "receipt_file": Words(
        "Filen är ingen kvittens.",
        "The file is no receipt.",
        "En bevisfil prövas med: dpr receipt verify.",
        "A bundle is judged with: dpr receipt verify.",
    ),
    "recipient_not_unique": Words(
        "Flera mottagare passar in på det som du skrev.",
        "Several recipients fit what you wrote.",
        "Skriv mer av namnet och orten, eller apotekets GLN.",
        "Write more of the name and place, or the pharmacy's GLN.",
    ),
    "recipient_not_addressee": Words(
        "Receptet är ställt till ett annat apotek än det som du vill skicka till.",
        "The prescription is addressed to another pharmacy than the one you would send to.",
        "Skicka till det apotek som receptet är ställt till, eller skriv ett nytt recept.",
        "Send it to the pharmacy that it is addressed to, or write a new prescription.",
    ),
    "document_not_sent": Words(
        "Dokumentet var inte med i det meddelandet.",
        "The document was not in that message.",
        "Välj den fil som skickades: dpr mail show visar när.",
        "Choose the file that was sent: dpr mail show says when.",
    ),
    "alarm_id_unknown": Words(
        "Det finns inget larm med det numret, eller flera som börjar så.",
        "No alarm has that id, or several begin so.",
        "Se vilka som finns: dpr relay status.",
        "See which there are: dpr relay status.",
    ),
    "message_id_unknown": Words(
        "Det finns inget skickat meddelande med det numret.",
        "No message with that id has been sent from here.",
        "Se vilka som finns: dpr mail list.",
        "See which there are: dpr mail list.",
    ),
    "message_id_not_unique": Words(
        "Flera skickade meddelanden börjar så.",
        "Several sent messages begin so.",
        "Skriv fler tecken av numret: dpr mail list.",
        "Write more characters of the id: dpr mail list.",
    ),
}
