"""Which words of the glossary each page uses: it explains them at its foot, where they first matter.

A test holds that every word of the glossary is explained on at least one page.
"""

from collections.abc import Mapping

from cdmo_eval.core.glossary import Entry, entry

PAGE_WORDS: Mapping[str, tuple[str, ...]] = {
    "dashboard": ("scorecard", "too close to call", "answered", "stale", "contradiction", "OAI"),
    "vendors:directory": ("vendor", "CDMO", "modality", "phase", "operation", "must-have", "fresh", "getting old", "stale", "expired", "CDA"),
    "vendors:profile": ("site", "modality", "phase", "capability", "verified", "claimed", "grade", "contradiction", "qualification", "service", "certificate", "DPMM"),
    "vendors:sites": ("site", "capability", "operation", "phase", "PPQ", "qualification", "FEI", "GMP", "DPMM"),
    "vendors:evidence": ("evidence", "claimed", "verified", "grade", "fresh", "getting old", "stale", "expired"),
    "vendors:evidence_record": ("evidence", "claimed", "verified", "grade"),
    "vendors:evidence_add": ("evidence", "grade", "claimed", "verified"),
    "vendors:regulatory": ("regulatory record", "no record found", "483", "warning letter", "import alert", "recall", "non-compliance statement", "FEI"),
    "vendors:dealings": ("CDA",),
    "vendors:attest": ("unknown",),
    "vendors:qualifications": ("qualification", "operation", "site"),
    "vendors:agreements": ("CDA",),
    "vendors:audit_plan": ("site", "claimed", "stale", "unknown", "contradiction", "qualification"),
    "vendors:watch": ("OAI", "483", "warning letter", "import alert", "non-compliance statement", "no record found", "certificate"),
    "vendors:review": ("regulatory record", "FEI"),
    "evidence": ("evidence", "claimed", "verified", "fresh", "stale", "expired", "contradiction"),
    "programs:list": ("programme", "modality", "phase", "PPQ"),
    "programs:new": ("programme", "modality", "phase", "PPQ", "CCS"),
    "scorecards:list": ("scorecard", "programme", "early screen", "too close to call"),
    "scorecards:ranking": ("score", "interval", "must-have", "waiver", "contribution", "weight", "rank", "answered", "verified share", "unknown", "candidate", "evidence strength"),
    "scorecards:candidate": ("candidate", "criterion", "value", "weight", "contribution", "score", "rank", "interval", "must-have", "waiver", "evidence strength", "supply map"),
    "scorecards:compare": ("value", "weight", "contribution", "interval"),
    "scorecards:firmness": ("interval", "simulated cases", "chance of each rank", "weights that would make it first", "all possible weights"),
    "scorecards:second_opinions": ("rank correlation", "pairs in the same order", "calculation"),
    "scorecards:history": ("calculation", "rank", "score"),
    "scorecards:frozen_list": ("frozen calculation", "calculation", "dossier"),
    "scorecards:weights_step": ("criterion", "weight", "value function", "weights from an order", "worst-to-best comparison", "consistency ratio"),
    "scorecards:must_haves_step": ("must-have", "waiver", "unknown", "CCS"),
    "scorecards:vendors_step": ("vendor", "candidate", "supply map"),
    "scorecards:rules_step": ("stage", "early screen", "unknowns count half", "worst case", "only what is known"),
    "scorecards:evaluators": ("evaluator", "rating", "consensus", "agreement"),
    "scorecards:questions": ("early screen", "answered", "unknown"),
    "scorecards:supply_map": ("supply map", "operation", "phase"),
    "scorecards:preregistration": ("weight", "must-have", "calculation"),
    "criteria:list": ("criteria set", "criterion"),
    "criteria:one": ("criteria set", "criterion", "value function", "value", "getting old"),
    "proposals:overview": ("proposal", "normalised scope"),
    "programs:proposals": ("proposal", "normalised scope"),
    "questionnaires:list": ("questionnaire", "evidence"),
    "questionnaires:one": ("questionnaire", "claimed", "contradiction"),
    "shortlists:list": ("shortlist", "dossier"),
    "shortlists:one": ("shortlist", "rank", "frozen calculation", "dossier"),
    "shortlists:decision": ("frozen calculation", "dossier", "interval"),
    "ratings:list": ("rating", "evaluator", "consensus"),
    "ratings:sheet": ("rating", "criterion", "consensus"),
}  # fmt: skip
"""Name of the address → the words that matter there, in the order in which the page uses them."""


def words_of(view_name: str) -> list[Entry]:
    """The words to explain on a page; none for pages without words of their own."""
    return [entry(word) for word in PAGE_WORDS.get(view_name, ())]
