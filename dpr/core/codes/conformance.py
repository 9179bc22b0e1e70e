"""What can go wrong when another program is judged against the vectors."""

from __future__ import annotations

from dpr.core.codes.advice import Words

TABLE: dict[str, Words] = {
    "vectors_missing": Words(
        "Det finns inga testvektorer som passar frågan.",
        "There are no test vectors that match.",
        "Kontrollera --vectors, --layer och --name.",
        "Check --vectors, --layer and --name.",
    ),
    "vectors_invalid": Words(
        "Filen är ingen fil med testvektorer.",
        "The file is no file of test vectors.",
        "Gör om den, eller ta de vektorer som följer med dpr.",
        "Make it anew, or take the vectors that come with dpr.",
    ),
    "command_not_found": Words(
        "Programmet i --command går inte att starta.",
        "The program in --command cannot be started.",
        "Kontrollera sökvägen, och att filen får köras.",
        "Check the path, and that the file may be run.",
    ),
    "request_invalid": Words(
        "Raden är ingen fråga från dpr conformance run.",
        "The line is no request of dpr conformance run.",
        "Se docs/conformance.md för hur en fråga ser ut.",
        "See docs/conformance.md for what a request looks like.",
    ),
}
