"""What can be wrong with a message of SDK, with its receipt, or on the way between SDK and our relays (docs/sdk.md)."""

from __future__ import annotations

from dpr.core.codes.advice import CALL, SUPPORT, Words

_SENDER = (
    "Avsändaren behöver rätta och skicka på nytt. Går det inte: be om receptet på annat sätt.",
    "The sender has to correct it and send anew. If that fails, ask for the prescription in another way.",
)
_SERVICE = (
    "Anmäl till den som sköter SDK-systemet (meddelandetjänsten). Filen ligger kvar i mappen failed.",
    "Tell whoever runs the SDK system (the message service). The file stays in the folder failed.",
)
_PHONE = (
    "Ring mottagaren innan receptet skickas någon annanstans.",
    "Phone the recipient before the prescription is sent anywhere else.",
)

TABLE: dict[str, Words] = {
    "sdk_xml": Words("Filen är inte välformad XML i UTF-8.", "The file is not well-formed XML in UTF-8.", *_SERVICE),
    "sdk_xml_doctype": Words(
        "Filen har en dokumenttypsdeklaration, och sådana läses inte.",
        "The file has a document type declaration, and such a file is not read.",
        *_SERVICE,
    ),
    "sdk_xml_limit": Words(
        "Filen har fler eller djupare nästlade element än ett SDK-meddelande har.",
        "The file has more elements, or nests them deeper, than an SDK message does.",
        *_SERVICE,
    ),
    "sdk_too_large": Words(
        "Meddelandet är större än SDK tillåter (30 MB).", "The message is larger than SDK allows (30 MB).", *_SENDER
    ),
    "sdk_too_many": Words("Meddelandet har för många bilagor.", "The message has too many attachments.", *_SENDER),
    "sdk_character": Words(
        "En text har ett tecken som inte kan stå i XML.", "A text has a sign that XML cannot hold.", *SUPPORT
    ),
    "sdk_envelope": Words(
        "Kuvertet (XHE) följer inte den profil som SDK har.", "The envelope (XHE) does not keep to SDK's profile.", *_SERVICE
    ),
    "sdk_encrypted": Words(
        "Innehållet är krypterat. Meddelandetjänsten ska dekryptera det innan filen lämnas över.",
        "The content is encrypted. The message service must decrypt it before it hands the file over.",
        *_SERVICE,
    ),
    "sdk_structure": Words(
        "Meddelandet har inte den struktur som SDK föreskriver.",
        "The message does not have the structure that SDK lays down.",
        *_SENDER,
    ),
    "sdk_value": Words(
        "Ett värde i meddelandet följer inte SDK:s regler.", "A value in the message does not keep to SDK's rules.", *_SENDER
    ),
    "sdk_base64": Words("En bilaga är inte rätt kodad (Base64).", "An attachment is not well encoded (Base64).", *_SENDER),
    "sdk_file_type": Words(
        "En bilaga är inte en PDF. Bara recept som PDF förmedlas.",
        "An attachment is no PDF. Only prescriptions as PDF are carried on.",
        *_SENDER,
    ),
    "sdk_no_prescription": Words(
        "En bilaga saknas eller innehåller inget digitalt pappersrecept.",
        "An attachment is missing or holds no digital paper prescription.",
        *_SENDER,
    ),
    "sdk_parties_differ": Words(
        "Meddelandet anger annan avsändare, mottagare eller identitet än kuvertet.",
        "The message names another sender, recipient or id than its envelope.",
        *_SENDER,
    ),
    "sdk_recipient_unknown": Words(
        "Funktionsadressen finns inte i adressboken.",
        "The functional address is not in the address book.",
        "Kontrollera adressen. Är apoteket nytt: hämta en nyare adressbok.",
        "Check the address. If the pharmacy is new, fetch a newer address book.",
    ),
    "sdk_recipient_ambiguous": Words(
        "Funktionsadressen står på flera ställen i adressboken.",
        "The functional address stands in several places in the address book.",
        *SUPPORT,
    ),
    "sdk_id_taken": Words(
        "Ett annat meddelande med samma identitet har redan kommit.",
        "Another message with the same id has come already.",
        "Avsändaren behöver skicka med en ny identitet. Det första meddelandet gäller.",
        "The sender has to send with a new id. The first message stands.",
    ),
    "sdk_kvittens": Words(
        "Kvittensen säger emot sig själv: godtagen med orsak, eller avvisad utan.",
        "The receipt contradicts itself: accepted with a reason, or rejected without one.",
        *_SERVICE,
    ),
    "sdk_kvittens_unknown": Words(
        "Kvittensen gäller inget meddelande som har skickats härifrån till den som kvitterar.",
        "The receipt is for no message that was sent from here to the one that receipts.",
        *_SERVICE,
    ),
    "sdk_kvittens_contradicts": Words(
        "En senare kvittens säger något annat än den första. Den första gäller.",
        "A later receipt says something else than the first. The first stands.",
        *_PHONE,
    ),
    "sdk_accepted": Words(
        "Apotekets SDK-system har tagit emot och godtagit meddelandet. Apotekets egen prövning av receptet syns inte här.",
        "The pharmacy's SDK system has received and accepted the message. The pharmacy's own verdict does not show here.",
        "Inget behöver göras. Är det bråttom: ring apoteket.",
        "Nothing needs doing. If it is urgent, phone the pharmacy.",
    ),
    "sdk_rejected": Words(
        "Apotekets SDK-system har avvisat meddelandet; orsakskoden anges.",
        "The pharmacy's SDK system has rejected the message; its reason code is given.",
        "Skicka inte samma meddelande igen. Välj en annan väg: kod till patienten, eller ett annat apotek.",
        "Do not send the same message again. Choose another way: a code for the patient, or another pharmacy.",
    ),
    "sdk_unanswered": Words(
        "Inget svar kom i tid. Om receptet kom fram är inte känt.",
        "No answer came in time. Whether the prescription arrived is not known.",
        *_PHONE,
    ),
    "sdk_answer_not_given": Words(
        "SDK har svarat, men meddelandet finns inte i mail.db. Svaret kan inte lämnas till avsändaren.",
        "SDK has answered, but the message is not in mail.db. The answer cannot be given to the sender.",
        "Lägg tillbaka mail.db, eller ring avsändaren och flytta undan uppgiften ur mappen sdk/out.",
        "Put mail.db back, or phone the sender and move the record out of the folder sdk/out.",
    ),
    "sdk_unexpected": Words(
        "Ett oväntat fel kom när filen togs in. Den ligger i mappen failed, och ingen kvittens har skrivits.",
        "An unexpected error came while the file was taken in. It lies in the folder failed, and no receipt was written.",
        "Ring avsändaren, och anmäl felkoden till den som sköter programmet.",
        "Phone the sender, and report the code to whoever looks after the program.",
    ),
    "sdk_kind": Words(
        "Dokumentet kan inte skickas över SDK: bara recept kan skrivas ut som PDF.",
        "The document cannot go over SDK: only prescriptions can be printed as a PDF.",
        "Skicka det till ett apotek som har en egen nod, eller på annat sätt.",
        "Send it to a pharmacy that has a node of its own, or in another way.",
    ),
    "sdk_settings_invalid": Words(
        "Inställningarna för SDK-bryggan (sdk.toml) är inte skrivna rätt.",
        "The settings of the SDK gateway (sdk.toml) are not well formed.",
        "Rätta filen: docs/sdk.md visar nycklarna.",
        "Correct the file: docs/sdk.md shows the keys.",
    ),
    "sdk_federation": Words(
        "Federationen i sdk.toml passar inte med miljön i policy.toml: test och produktion blandas aldrig.",
        "The federation in sdk.toml does not fit the environment in policy.toml: test and production never mix.",
        "Ange den federation som hör till miljön.",
        "Name the federation that belongs to the environment.",
    ),
    "sdk_no_sender": Words(
        "Inställningarna säger inte vem bryggan är i SDK.",
        "The settings do not say who the gateway is in SDK.",
        "Fyll i [sender] i sdk.toml.",
        "Fill in [sender] in sdk.toml.",
    ),
    "sdk_no_recipient": Words(
        "Adressboken har ingen SDK-adress för bryggans egen brevlåda.",
        "The address book has no SDK address for the gateway's own queue.",
        "Be den som ger ut adressboken att föra in den, och hämta sedan en ny.",
        "Ask whoever issues the address book to enter it, then fetch a new one.",
    ),
    "sdk_journal_damaged": Words(
        "En uppgift om ett förmedlat meddelande går inte att läsa.",
        "A record of a message that passed cannot be read.",
        "Flytta undan den namngivna filen i mappen sdk och ring avsändaren: om den har fått svar är inte känt.",
        "Move the named file out of the folder sdk and phone the sender: whether it was answered is not known.",
    ),
    "pdf_differs": Words(
        "PDF-filen har ett annat recept inbäddat än det som står i koden. Inget av dem läses.",
        "The PDF has another prescription embedded than the one in its code. Neither is read.",
        *CALL,
    ),
    "pdf_without_code": Words(
        "PDF-filen har ett inbäddat recept, men ingen kod kunde läsas att jämföra det med.",
        "The PDF has an embedded prescription, but no code could be read to compare it with.",
        "Be om receptet på nytt, eller läs koden från skärmen eller från papper.",
        "Ask for the prescription anew, or read the code from a screen or from paper.",
    ),
    "pdf_attached_too_large": Words(
        "PDF-filen har för många eller för stora inbäddade filer.",
        "The PDF has too many embedded files, or too large ones.",
        *CALL,
    ),
}
