"""The faults of the database in which a relay keeps messages."""

from __future__ import annotations

from dpr.core.codes.advice import SUPPORT, Words

_AGAIN = (
    "Försök igen om en stund. Det som är kvitterat finns kvar.",
    "Try again in a while. What has a receipt is kept.",
)
_OPERATOR = (
    "Den som driver förmedlaren ska se docs/relay-operations.md. Avsändare provar nästa förmedlare av sig själva.",
    "Whoever runs the relay should see docs/relay-operations.md. Senders try the next relay by themselves.",
)

TABLE: dict[str, Words] = {
    "mail_store_unavailable": Words(
        "Förmedlarens databas svarar inte, eller tar inte emot inloggningen. Det är inte säkert om det senaste sparades.",
        "The relay's database does not answer, or refuses the login. Whether the latest was kept is not known.",
        "Skicka samma sak igen: det som redan är sparat får samma kvittens. Vid start: kontrollera adress och användare.",
        "Send the same again: what was kept already gets the same receipt. At a start: check its address and user.",
    ),
    "mail_store_busy": Words(
        "Förmedlaren har för mycket att skriva ner just nu, eller håller på att stängas.",
        "The relay has too much to write down just now, or is closing.",
        *_AGAIN,
    ),
    "mail_store_locked": Words(
        "Förmedlarens databas var upptagen för länge. Inget har sparats.",
        "The relay's database was busy for too long. Nothing was kept.",
        *_AGAIN,
    ),
    "mail_store_full": Words(
        "Disken är full: förmedlaren kan inte ta emot mer. Det som är kvitterat finns kvar.",
        "The disk is full: the relay can take no more. What has a receipt is kept.",
        *_OPERATOR,
    ),
    "mail_store_not_writable": Words(
        "Förmedlarens databas går inte att skriva i: katalog eller behörighet saknas, eller det är en kopia som bara läses.",
        "The relay's database cannot be written: the directory or permission is missing, or it is a read-only standby.",
        *_OPERATOR,
    ),
    "mail_store_not_durable": Words(
        "Databasen är inställd så att det som kvitteras kan gå förlorat. Förmedlaren startar inte mot den.",
        "The database is set so that what has a receipt could be lost. The relay does not start on it.",
        "Sätt fsync, full_page_writes och synchronous_commit till on.",
        "Set fsync, full_page_writes and synchronous_commit to on.",
    ),
    "mail_store_gone": Words(
        "Förmedlarens databasfil är borttagen eller utbytt medan förmedlaren kör. Inget kvitteras.",
        "The file of the relay's database was removed or replaced while the relay runs. Nothing is receipted.",
        *_OPERATOR,
    ),
    "mail_store_missing": Words(
        "Förmedlarens databasfil finns inte. Förmedlaren gör ingen ny: då skulle nummer delas ut på nytt.",
        "The file of the relay's database is not there. The relay makes no other: numbers would be given again.",
        "Har förmedlaren varit i drift: leta fram filen (är disken monterad?) eller återställ enligt docs/relay-operations.md. "
        "Är den ny: dpr relay store relay.toml.",
        "If the relay has been in use: find the file (is the disk mounted?) or restore as docs/relay-operations.md says. "
        "If it is new: dpr relay store relay.toml.",
    ),
    "mail_store_damaged": Words(
        "Förmedlarens databas är skadad, eller är någon annans.",
        "The relay's database is damaged, or is another program's.",
        "Stäng förmedlaren, behåll filerna och återställ enligt docs/relay-operations.md.",
        "Stop the relay, keep the files and restore as docs/relay-operations.md says.",
    ),
    "mail_store_copy": Words(
        "Det är en säkerhetskopia. Nummer kan ha delats ut efter att den togs.",
        "This is a backup. Numbers may have been given since it was made.",
        "Återställ den under ett nytt namn på förmedlaren (docs/relay-operations.md).",
        "Restore it under a new name of the relay (docs/relay-operations.md).",
    ),
    "mail_store_moved": Words(
        "Databasen är flyttad och stängd för gott; dess kopia gäller.",
        "The database was moved and closed for good; its copy is in force.",
        "Återställ filen där förmedlaren ska fortsätta (docs/relay-operations.md), på en plats.",
        "Restore the file where the relay is to go on (docs/relay-operations.md), in one place.",
    ),
    "mail_store_same_name": Words(
        "En återställd kopia får inte fortsätta under det namn som förmedlaren hade.",
        "A restored copy may not go on under the name that the relay had.",
        "Ge förmedlaren ett nytt behörighetsbevis med ett namn som den aldrig haft, och återställ igen.",
        "Give the relay a new credential with a name that it never had, and restore again.",
    ),
    "mail_store_other_name": Words(
        "Databasen hör till en förmedlare med ett annat namn.",
        "The database belongs to a relay of another name.",
        "Använd det behörighetsbevis som databasen hör till. Ska namnet bytas: docs/relay-operations.md, ”From an older copy”.",
        "Use the credential that the database belongs to. To change the name: docs/relay-operations.md, “From an older copy”.",
    ),
    "mail_store_exists": Words(
        "Det finns redan en databas på platsen.",
        "There is a database in that place already.",
        "Flytta undan den (kasta den inte) eller välj en annan plats.",
        "Move it aside (keep it) or choose another place.",
    ),
    "mail_store_not_a_file": Words(
        "Det här kommandot är för en SQLite-fil, och relay.toml pekar på något annat.",
        "This command is for a SQLite file, and relay.toml names something else.",
        "PostgreSQL kopieras och återställs med sina egna medel (docs/relay-operations.md).",
        "PostgreSQL is copied and restored by its own means (docs/relay-operations.md).",
    ),
    "mail_store_row_refused": Words("Uppgifterna går inte att spara.", "These values cannot be kept.", *SUPPORT),
    "mail_store_newer_version": Words(
        "Databasen är skriven av en nyare version av programmet.",
        "The database was written by a newer version of the program.",
        "Uppdatera programmet. Databasen är orörd.",
        "Update the program. The database is untouched.",
    ),
    "mail_store_upgrade_failed": Words(
        "Databasen gick inte att uppgradera. Den är kvar som den var.",
        "The database could not be upgraded. It stands as it was.",
        "Använd den förra versionen av programmet så länge och anmäl felet.",
        "Use the earlier version of the program meanwhile and report it.",
    ),
    "mail_store_sqlite_too_old": Words(
        "Datorns SQLite är för gammalt.",
        "This computer's SQLite is too old.",
        "Installera Python med SQLite 3.37 eller senare.",
        "Install a Python with SQLite 3.37 or later.",
    ),
    "mail_store_unusable": Words(
        "Förmedlarens databas svarar inte som den ska.",
        "The relay's database does not answer as it should.",
        *_OPERATOR,
    ),
}
