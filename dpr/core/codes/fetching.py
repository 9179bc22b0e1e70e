"""What can go wrong between a site and the places that it fetches lists from."""

from __future__ import annotations

from dpr.core.codes.advice import NOTHING, Words

TABLE: dict[str, Words] = {
    "trust_files_too_many": Words(
        "Mappen har fler filer, eller större, än listor kan vara.",
        "The folder has more files, or larger ones, than lists can be.",
        "Kontrollera att det är rätt mapp.",
        "Check that it is the right folder.",
    ),
    "trust_mirrors_missing": Words(
        "Ingen plats att hämta listor från är angiven.",
        "No place to fetch lists from is named.",
        'Skriv trust_mirrors = ["https://…"] i policy.toml, eller ange --mirror. Utan nät: dpr trust add från ett USB-minne.',
        'Write trust_mirrors = ["https://…"] in policy.toml, or give --mirror. Without a network: dpr trust add from a stick.',
    ),
    "mirrors_failed": Words(
        "Ingen plats gav några listor som gäller.",
        "No place gave any lists that count.",
        "Det som finns gäller. Pröva ett annat nät, eller läs in listorna från ett USB-minne: dpr trust add.",
        "What is held stays in force. Try another network, or import the lists from a stick: dpr trust add.",
    ),
    "mirror_unreachable": Words(
        "Platsen går inte att nå.",
        "The place cannot be reached.",
        *NOTHING,
    ),
    "mirror_slow": Words(
        "Platsen svarade för långsamt.",
        "The place answered too slowly.",
        *NOTHING,
    ),
    "mirror_too_large": Words(
        "Platsen svarade med mer än någon lista kan vara.",
        "The place answered with more than any list can be.",
        "Säg till den som sköter platsen.",
        "Tell whoever looks after the place.",
    ),
    "mirror_answer": Words(
        "Platsen svarade på ett sätt som inte går att använda.",
        "The place answered in a way that cannot be used.",
        "Säg till den som sköter platsen.",
        "Tell whoever looks after the place.",
    ),
    "mirror_stale": Words(
        "Platsen har en äldre lista än den senaste.",
        "The place has an older list than the latest.",
        "Inget behöver göras om en annan plats har den senaste. Annars: säg till den som sköter platsen.",
        "Nothing needs doing if another place has the latest. Otherwise tell whoever looks after the place.",
    ),
    "mirror_without_list": Words(
        "Ingen plats har en lista som ska finnas.",
        "No place has a list that there should be.",
        "Försök igen om en stund. Det som finns gäller, men ses som föråldrat.",
        "Try again in a while. What is held stays in force but counts as behind.",
    ),
    "mirror_wrong_list": Words(
        "Platsen gav en annan lista än den som begärdes.",
        "The place gave another list than the one asked for.",
        "Säg till den som sköter platsen.",
        "Tell whoever looks after the place.",
    ),
}
