"""Words a reader may not know, explained where they stand (`{% help_term %}`), on the help page and on the method page."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A word with its full name ("" when the word is its own name) and one or two sentences."""

    word: str
    full_name: str
    meaning: str


SECTIONS: Mapping[str, tuple[Entry, ...]] = {
    "Scores and ranking": (
        Entry(
            "scorecard",
            "",
            "How vendors are judged for one programme: criteria, weights, must-haves and rules.",
        ),
        Entry("criterion", "Leaf", "One question of the criteria set; related ones form a group."),
        Entry(
            "value function",
            "",
            "How a fact becomes a value from 0 to 100: by steps, along a line, or by a table.",
        ),
        Entry(
            "rank",
            "",
            "The place by score among the vendors that no must-have keeps out and that are known well enough.",
        ),
        Entry(
            "stage",
            "",
            "Early screen, shortlist or award: the later the stage, the more of the weight has to be answered and verified.",
        ),
        Entry("candidate", "", "A vendor as it would serve one programme, with the sites it offers for it."),
        Entry("value", "", "0 to 100 for one criterion: how good the known facts are for this programme."),
        Entry("weight", "", "How much a criterion counts. All weights together are 100."),
        Entry("contribution", "", "Weight times value: the points one criterion gives to the score."),
        Entry("score", "", "The sum of all contributions, 0 to 100, for one vendor and one programme."),
        Entry(
            "interval",
            "",
            "The range the score can take, given what is unknown, claimed only, or old. "
            "Two vendors whose intervals overlap may change places.",
        ),
        Entry("answered", "Coverage", "The share of the criteria, by weight, that has an answer at all."),
        Entry(
            "verified share",
            "Verified coverage",
            "The share of the weight that rests on something somebody checked.",
        ),
        Entry(
            "must-have", "Gate", "A condition a vendor has to meet. One that fails is shown but never ranked."
        ),
        Entry(
            "waiver",
            "",
            "A must-have set aside for one vendor, asked for by one person and approved by quality.",
        ),
        Entry(
            "criteria set",
            "Framework",
            "The tree of criteria a scorecard judges by. It has versions; published ones stay.",
        ),
        Entry(
            "calculation", "Run", "One working-out of all scores of a scorecard. Published ones never change."
        ),
        Entry(
            "worst case",
            "Conservative",
            "What is unknown counts as nothing. The score can only rise with answers.",
        ),
        Entry("unknowns count half", "Neutral", "What is unknown counts as the middle of its range."),
        Entry("only what is known", "Known only", "What is unknown is left out, and its weight with it."),
        Entry(
            "simulated cases",
            "Draws",
            "Many possible worlds, drawn from the intervals of the values and weights, each ranked once.",
        ),
        Entry(
            "chance of each rank",
            "Rank acceptability",
            "In how many of the simulated cases a vendor takes each rank.",
        ),
        Entry(
            "too close to call",
            "",
            "The leader is first in fewer than 60% of the simulated cases; from 60% it is ahead, from 90% clear first.",
        ),
        Entry(
            "weights that would make it first",
            "Central weights",
            "The typical weights in the cases in which a vendor comes first.",
        ),
        Entry(
            "all possible weights",
            "Admissible weight space",
            "Every way to share out the weights: could anyone win?",
        ),
        Entry(
            "weights from an order",
            "Rank-order centroid",
            "Weights worked out from nothing but the order of the criteria.",
        ),
        Entry(
            "worst-to-best comparison",
            "Swing",
            "Weights from the question which criterion one would first lift from its worst to its best.",
        ),
        Entry(
            "consistency ratio",
            "",
            "How far pairwise judgements contradict each other, beside judgements made at random: 0 is not at all. "
            "Above 0.10 they should be looked at again.",
        ),
        Entry(
            "early screen",
            "",
            "A first ranking on little evidence, to decide whom to ask. It is not for an award.",
        ),
    ),
    "Evidence": (
        Entry(
            "evidence",
            "",
            "One statement about a vendor with its source, its date and a grade. It is corrected by a newer version, never overwritten.",
        ),
        Entry("fresh", "", "So recent that its age takes nothing from it; each question has its own months."),
        Entry(
            "stale", "", "Too old to count fully: it counts one grade lower, and is listed to be asked again."
        ),
        Entry("expired", "", "Past its end date, or so old that it does not count at all."),
        Entry(
            "evaluator",
            "",
            "Somebody who is invited to rate vendors by criteria that facts alone do not settle.",
        ),
        Entry("claimed", "", "The vendor says so, or somebody estimates it. Nobody here has checked it."),
        Entry(
            "verified", "", "Somebody other than who recorded it checked it, on a basis of grade A, B or C."
        ),
        Entry(
            "grade",
            "",
            "A: regulator or public record. B: audit by the sponsor or an independent party. "
            "C: document reviewed here. D: the vendor's own declaration. E: estimate.",
        ),
        Entry("evidence strength", "", "Grades and ages of the records behind a score, by weight."),
        Entry(
            "getting old",
            "Ageing",
            "Between fresh and stale; each question has its own months. A stale record counts one grade lower, an expired one not at all.",
        ),
        Entry(
            "contradiction",
            "",
            "What is claimed and what is verified, or two verified records, cannot both be right.",
        ),
        Entry(
            "unknown",
            "",
            "Nobody has said. It is never shown or counted as zero; the interval says what it may cost.",
        ),
        Entry("rating", "", "A person's judgement of one vendor by one criterion, with a reason."),
        Entry(
            "agreement",
            "Krippendorff's alpha",
            "How far evaluators agree beyond chance: 1 is full agreement, 0 is none.",
        ),
        Entry(
            "rank correlation",
            "Spearman's rank correlation",
            "1 is the same order, 0 none, −1 the order reversed.",
        ),
        Entry(
            "pairs in the same order",
            "Kendall's tau-b",
            "The share of pairs of vendors in the same order, less the share of those reversed.",
        ),
        Entry("consensus", "", "What evaluators settled on together after they saw where they differed."),
    ),
    "Regulators and quality": (
        Entry(
            "no record found",
            "",
            "The official files hold nothing for the site as of the day they were read. That is not the same as a good record.",
        ),
        Entry("NAI", "No action indicated", "FDA found nothing at this inspection that calls for action."),
        Entry(
            "VAI",
            "Voluntary action indicated",
            "FDA found objectionable conditions, but none that call for official action. The site is expected to correct them.",
        ),
        Entry(
            "OAI",
            "Official action indicated",
            "FDA found conditions serious enough for official action, such as a warning letter.",
        ),
        Entry(
            "483",
            "FDA Form 483",
            "The list of observations an investigator leaves at the end of an inspection. It is not yet FDA's final view.",
        ),
        Entry(
            "warning letter",
            "",
            "FDA says in public that a firm significantly violated its rules, and asks for an answer.",
        ),
        Entry(
            "regulatory record",
            "",
            "What an authority has published about a site: inspections, letters, recalls, alerts, certificates.",
        ),
        Entry("recall", "", "A product taken back from the market. Class I is the gravest."),
        Entry(
            "non-compliance statement",
            "",
            "An EU authority says in public that a site does not follow good manufacturing practice.",
        ),
        Entry(
            "certificate",
            "",
            "An official document about a site, such as a GMP certificate, with its scope and its end.",
        ),
        Entry("import alert", "", "FDA may hold products of a site at the border without examining them."),
        Entry(
            "FEI",
            "FDA Establishment Identifier",
            "The number under which FDA knows one site; its records carry it.",
        ),
        Entry(
            "GMP",
            "Good manufacturing practice",
            "The rules for making medicines. In Europe an inspection ends with a certificate.",
        ),
        Entry(
            "CCS",
            "Contamination control strategy",
            "The site-wide plan of EU GMP Annex 1 to keep sterile products free of contamination.",
        ),
        Entry(
            "qualification",
            "",
            "Quality's own decision whether a site may be used for an operation, and until when.",
        ),
    ),
    "Making and buying": (
        Entry("vendor", "", "A company that may make the product, with all of its sites."),
        Entry(
            "site",
            "",
            "One place where a vendor works. Records, capabilities and qualifications belong to sites.",
        ),
        Entry(
            "operation", "", "A step of making or testing, such as upstream, fill-finish or release testing."
        ),
        Entry("phase", "", "How far a product is: from first studies (IND-enabling) to commercial supply."),
        Entry(
            "capability",
            "",
            "What a site can do: a modality, an operation, the phases, batch sizes and capacity.",
        ),
        Entry(
            "service",
            "",
            "What a vendor offers beside manufacturing, such as formulation or regulatory support.",
        ),
        Entry(
            "proposal",
            "Offer",
            "What a vendor asks for a programme: prices line by line, terms, and until when it holds.",
        ),
        Entry(
            "questionnaire",
            "",
            "Questions sent to vendors as a workbook. An answer counts once somebody here accepts it.",
        ),
        Entry("shortlist", "", "The vendors that are still in, each with a decision and its reason."),
        Entry(
            "CDMO",
            "Contract development and manufacturing organisation",
            "A company that develops and makes medicines for others.",
        ),
        Entry(
            "programme",
            "Program",
            "What has to be made: modality, phase, markets, amounts, dates. Vendors are judged for one programme.",
        ),
        Entry("modality", "", "The kind of medicine, such as antibody, mRNA, cell therapy or tablet."),
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
        Entry("supply map", "", "Which site of a vendor does which operation for a programme."),
        Entry(
            "CDA",
            "Confidentiality agreement",
            "Until it is signed, a vendor's confidential files stay closed.",
        ),
        Entry(
            "normalised scope",
            "",
            "Offers made comparable: all of them on the same work, in one currency.",
        ),
        Entry(
            "dossier",
            "",
            "The decision with everything it rests on, as one file that gives the same bytes again.",
        ),
        Entry(
            "frozen calculation",
            "Snapshot",
            "A calculation kept with all its inputs, named by a digest, so that it can be proved later.",
        ),
    ),
}
GLOSSARY: dict[str, Entry] = {entry.word: entry for entries in SECTIONS.values() for entry in entries}


def entry(word: str) -> Entry:
    """Return the explanation of `word`. Raises LookupError for a word nobody explained."""
    return GLOSSARY[word]
