"""What stops a draft, a signature or a publication of the authority's."""

from __future__ import annotations

from dpr.core.codes.advice import NOTHING, Words

TABLE: dict[str, Words] = {
    "draft_malformed": Words(
        "Filen är inget utkast till rotdokument, utfärdarlista eller uppgift om de senaste listorna.",
        "The file is no draft of a root, list of issuers or snapshot.",
        "Be samordnaren om utkastet igen.",
        "Ask the coordinator for the draft again.",
    ),
    "draft_missing": Words(
        "Det finns inget utkast bland filerna.",
        "There is no draft among the files.",
        "Ange utkasten också: de ligger i myndighetens mapp under drafts.",
        "Give the drafts too: they lie in the authority's folder, under drafts.",
    ),
    "ceremony_file_unknown": Words(
        "Filen är inget utkast, ingen underskrift och inget av myndighetens dokument, eller är skadad.",
        "The file is no draft, no signature and none of the authority's documents, or it is damaged.",
        "Ange en fil som slutar på .draft, .sig eller .cbor, eller be den som skickade den om filen igen.",
        "Give a file that ends in .draft, .sig or .cbor, or ask whoever sent it for the file again.",
    ),
    "draft_not_understood": Words(
        "Utkastet säger något som det här programmet inte kan visa.",
        "The draft says something that this program cannot show.",
        "Skriv inte under. Uppdatera programmet, eller be samordnaren om ett nytt utkast.",
        "Do not sign. Update the program, or ask the coordinator for a new draft.",
    ),
    "draft_outdated": Words(
        "En lika ny eller nyare version är redan publicerad.",
        "A version as new as this one, or newer, has been published already.",
        "Gör ett nytt utkast och låt det skrivas under.",
        "Make a new draft and have that signed.",
    ),
    "draft_skips": Words(
        "Utkastets version följer inte på den som är publicerad.",
        "The draft's version is not the one after the published one.",
        "Gör ett nytt utkast. Är mappen från en äldre kopia: lägg först den senast publicerade filen i dess published.",
        "Make a new draft. If the folder is an older copy, first put the latest published file into its published.",
    ),
    "draft_twice": Words(
        "Det är flera utkast av samma slag.",
        "There are several drafts of one kind.",
        "Ange ett rotdokument och en lista i taget.",
        "Give one root and one list at a time.",
    ),
    "clock_behind_published": Words(
        "Datorns klocka går före den tid då den förra utgåvan utfärdades.",
        "The computer's clock shows a time before the edition before was issued.",
        "Ställ klockan. Var det förra utgåvans klocka som gick fel: --clock-was-ahead.",
        "Set the clock. If it was the edition before that was dated by a wrong clock: --clock-was-ahead.",
    ),
    "signature_file_malformed": Words(
        "Filen är ingen underskrift från dpr authority sign.",
        "The file is no signature from dpr authority sign.",
        "Be den som skrev under om filen igen.",
        "Ask whoever signed for the file again.",
    ),
    "signature_other_draft": Words(
        "En underskrift gäller ett annat utkast än det här.",
        "A signature is for another draft than this one.",
        "Kontrollera att alla skrev under samma utkast: jämför fingeravtrycken.",
        "Check that everybody signed the same draft: compare the fingerprints.",
    ),
    "signature_not_entitled": Words(
        "En underskrift är gjord med en nyckel som inte får skriva under det här.",
        "A signature was made with a key that may not sign this.",
        "Ta bort underskriften. Ta reda på vems nyckel det är.",
        "Leave the signature out. Find out whose key it is.",
    ),
    "snapshot_key_differs": Words(
        "Nyckeln är inte den som rotdokumentet nämner för uppgiften om de senaste listorna.",
        "The key is not the one that the root names for snapshots.",
        "Ange den anslutna datorns nyckel med --key. Vilken det är visar dpr authority show på root.cbor.",
        "Name the online key with --key. Which it is, dpr authority show says of root.cbor.",
    ),
    "signatures_missing": Words(
        "För få har skrivit under; inget har publicerats.",
        "Too few have signed; nothing was published.",
        "Samla in fler underskrifter av samma utkast och kör kommandot igen.",
        "Collect more signatures of the same draft and run the command again.",
    ),
    "ceremony_root_missing": Words(
        "Myndigheten har inget rotdokument ännu.",
        "The authority has no root yet.",
        "Börja med: dpr authority draft-root.",
        "Begin with: dpr authority draft-root.",
    ),
    "root_voids_list": Words(
        "Den publicerade utfärdarlistan skulle inte gälla under det nya rotdokumentet.",
        "The published list of issuers would not be valid under the new root.",
        "Publicera rotdokumentet tillsammans med en ny lista, eller med --compromised om nycklarna är stulna.",
        "Publish the root together with a new list, or with --compromised if the keys are stolen.",
    ),
    "root_key_unknown": Words(
        "Nyckeln finns inte i det rotdokument som gäller, eller är inte entydigt angiven.",
        "The key is not in the root in force, or it is not clear which is meant.",
        "Se nycklarna med: dpr authority show published/root.cbor.",
        "See the keys with: dpr authority show published/root.cbor.",
    ),
    "issuer_unknown": Words(
        "Ingen utfärdare med det id:t är godkänd.",
        "No issuer with that id is admitted.",
        "Se vilka som finns med: dpr authority issuers.",
        "See who is with: dpr authority issuers.",
    ),
    "trust_list_not_published": Words(
        "Ingen utfärdarlista är publicerad ännu.",
        "No list of issuers is published yet.",
        "Börja med: dpr authority draft-list.",
        "Begin with: dpr authority draft-list.",
    ),
    "published_list_issuer_unknown": Words(
        "Listan är inte underskriven av någon utfärdare på den publicerade utfärdarlistan.",
        "No issuer on the published list of issuers has signed this list.",
        "Ny utfärdare eller nyckel: godkänn den, publicera en utfärdarlista, hämta in igen. Annars: fråga utfärdaren.",
        "If the issuer or key is new: admit it, publish a list of issuers, collect again. Otherwise ask the issuer.",
    ),
    "published_list_issuer_gone": Words(
        "Listans utfärdare finns inte kvar på den publicerade utfärdarlistan.",
        "The list's issuer is no longer on the published list of issuers.",
        *NOTHING,
    ),
    "published_list_refused": Words(
        "Filen är ingen lista som ett apotek skulle godta; orsaken anges.",
        "The file is no list that a pharmacy would accept; the reason is given.",
        "Be utfärdaren om listan igen. Listan som finns gäller under tiden.",
        "Ask the issuer for its list again. The one that is there stays in force meanwhile.",
    ),
    "published_lists_too_many": Words(
        "Utfärdaren har redan så många listor som en utfärdare får ha (8 av varje slag).",
        "The issuer has as many lists already as one issuer may have (8 of each kind).",
        "Fråga utfärdaren vad de är till. Flytta bort dem som inte används från published.",
        "Ask the issuer what they are for. Move those that are not used out of published.",
    ),
    "published_list_newer": Words(
        "En lika ny eller nyare lista från utfärdaren är redan publicerad.",
        "A list of this issuer that is as new, or newer, is published already.",
        "Gör inget, om du inte väntade en ny lista: fråga i så fall utfärdaren.",
        "Do nothing, unless you expected a new list: then ask the issuer.",
    ),
    "published_list_misnamed": Words(
        "En publicerad lista ligger under ett annat namn än sitt eget.",
        "A published list lies under another name than its own.",
        "Ta bort filen och hämta in listan igen: dpr authority collect.",
        "Remove the file and take the list in again: dpr authority collect.",
    ),
    "published_list_missing": Words(
        "En lista som fanns förut saknas bland de publicerade.",
        "A list that was there before is missing from the published folder.",
        "Hämta in den igen från utfärdaren: dpr authority collect.",
        "Take it in from the issuer again: dpr authority collect.",
    ),
    "published_minimum_ahead": Words(
        "Den förra uppgiften om de senaste listorna kräver en lista som är daterad framåt i tiden.",
        "The snapshot before asks for a list that is dated ahead of this computer's clock.",
        "Går datorns klocka rätt: byt den anslutna nyckeln i ett nytt rotdokument. Till dess varnar apoteken för den listan.",
        "If the computer's clock is right: exchange the online key with a new root. Until then pharmacies warn of that list.",
    ),
    "authority_editions_invalid": Words(
        "Filen editions.json i myndighetens mapp är skadad.",
        "The file editions.json in the authority's folder is damaged.",
        "Återställ den från en säkerhetskopia, så att inget versionsnummer används två gånger.",
        "Restore it from a backup, so that no version number is used twice.",
    ),
    "fingerprint_needed": Words(
        "Ingen terminal att fråga om fingeravtrycket på.",
        "There is no terminal to ask for the fingerprint on.",
        "Ange hela fingeravtrycket, så som samordnaren läste upp det: --fingerprint.",
        "Give the whole fingerprint, as the coordinator read it out: --fingerprint.",
    ),
    "fingerprint_differs": Words(
        "Fingeravtrycket är inte det här utkastets. Inget har skrivits under.",
        "The fingerprint is not this draft's. Nothing was signed.",
        "Be samordnaren läsa upp det igen. Stämmer det inte då heller har utkastet bytts ut på vägen.",
        "Ask the coordinator to read it out again. If it still differs, the draft was exchanged on its way.",
    ),
}
