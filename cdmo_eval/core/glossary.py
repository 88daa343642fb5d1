"""Words a reader may not know, explained where they stand (`{% help_term %}`) and on the method page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A word with its full name ("" when the word is its own name) and one or two sentences."""

    word: str
    full_name: str
    meaning: str


GLOSSARY: dict[str, Entry] = {
    entry.word: entry
    for entry in (
        Entry("NAI", "No action indicated", "FDA found nothing at this inspection that calls for action."),
        Entry(
            "VAI",
            "Voluntary action indicated",
            "FDA found objectionable conditions, but none that call for official action. "
            "The site is expected to correct them.",
        ),
        Entry(
            "OAI",
            "Official action indicated",
            "FDA found conditions serious enough for official action, such as a warning letter.",
        ),
        Entry(
            "483",
            "FDA Form 483",
            "The list of observations an investigator leaves at the end of an inspection. "
            "It is not yet FDA's final view.",
        ),
        Entry(
            "consistency ratio",
            "",
            "How far pairwise judgements contradict each other, beside judgements made at random: 0 is not at all. "
            "Above 0.10 they should be looked at again.",
        ),
        Entry(
            "CCS",
            "Contamination control strategy",
            "The site-wide plan of EU GMP Annex 1 to keep sterile products free of contamination.",
        ),
        Entry(
            "PPQ",
            "Process performance qualification",
            "The commercial-scale batches that show the process works as designed, before approval.",
        ),
        Entry(
            "DPMM",
            "Digital Plant Maturity Model",
            "BioPhorum's five levels, from paper and manual work (1) to the adaptive plant (5).",
        ),
        Entry("value", "", "0 to 100 for one criterion: how good the known facts are for this programme."),
        Entry("contribution", "", "Weight times value: the points one criterion gives to the score."),
        Entry(
            "interval",
            "",
            "The range the score can take, given what is unknown, claimed only, or old. "
            "Two vendors whose intervals overlap may change places.",
        ),
        Entry("answered", "Coverage", "The share of the criteria, by weight, that has an answer at all."),
        Entry(
            "chance of each rank",
            "Rank acceptability",
            "In how many of the simulated cases a vendor takes each rank.",
        ),
        Entry(
            "simulated cases",
            "Draws",
            "Many possible worlds, drawn from the intervals of the values and weights, each ranked once.",
        ),
        Entry(
            "must-have", "Gate", "A condition a vendor has to meet. One that fails is shown but never ranked."
        ),
        Entry(
            "agreement",
            "Krippendorff's alpha",
            "How far evaluators agree beyond chance: 1 is full agreement, 0 is none.",
        ),
    )
}


def entry(word: str) -> Entry:
    """Return the explanation of `word`. Raises LookupError for a word nobody explained."""
    return GLOSSARY[word]
