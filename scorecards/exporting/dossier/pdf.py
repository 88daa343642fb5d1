"""The dossier as PDF, set by Typst: the template gets its data as JSON; no network, no packages, no system fonts.

The same frozen document gives the same bytes: every date in the file is that of the last signature or the freezing.
"""

import json
import unicodedata
from datetime import UTC
from pathlib import Path
from typing import Any

import typst
from django.conf import settings

from scorecards.exporting.dossier import calculation, decided
from scorecards.exporting.dossier.blocks import Block, styled
from scorecards.exporting.dossier.frozen import Frozen, day_words, moment_words

HERE = Path(__file__).resolve().parent.parent
TEMPLATES, FONTS = HERE / "typst", HERE / "fonts"
NO_PACKAGES = HERE / "typst" / "no-packages"
"""Does not exist: a template can fetch nothing."""
LAST_LATIN = 0x24F
DRAWN_SCRIPTS = frozenset(
    {
        "LATIN",
        "GREEK",
        "CYRILLIC",
        "ARABIC",
        "MODIFIER",
        "MASCULINE",
        "FEMININE",
        "MICRO",
        "KELVIN",
        "OHM",
        "ANGSTROM",
        "SUPERSCRIPT",
    }
)
"""First words of the names of letters that our fonts, or those that Typst brings along, can draw."""


def sections(frozen: Frozen) -> list[Block]:
    """Everything a dossier says, in its order."""
    found = [
        decided.decision(frozen), decided.funnel(frozen), calculation.ranking(frozen), decided.pairs(frozen), decided.firmness(frozen),
        decided.risks(frozen), calculation.weights(frozen), calculation.must_haves(frozen), decided.locked(frozen), decided.people(frozen),
        calculation.sources(frozen), calculation.evidence(frozen), decided.audit(frozen), calculation.versions(frozen),
        calculation.signatures(frozen),
    ]  # fmt: skip
    return [one for one in found if one is not None]


def dossier_data(frozen: Frozen) -> dict[str, Any]:
    """What the template is given."""
    content, run, made = frozen.content, frozen.run, frozen.made.astimezone(UTC)
    decision = frozen.decision
    title = content["scorecard"]["name"]
    verb = "Signed" if frozen.signatures else "Exported" if frozen.exported else "Frozen"
    first = next((one for one in frozen.standings() if one.rank == 1), None)
    answer = (
        decision["answer"]
        if decision is not None
        else f"{first.name} is ranked first, with {first.score} points."
        if first
        else ""
    )
    return {
        "kicker": "Decision dossier" if decision is not None else "Dossier of a calculation",
        "title": title, "author": frozen.made_by, "digest": frozen.digest,
        "date": [made.year, made.month, made.day, made.hour, made.minute, made.second],
        "subtitle": f"{content['program']['name']} · {content['organization']['name']}",
        "answer": answer, "note": _note(frozen), "font_note": _font_note(content),
        "facts": [
            ["Calculation", f"{run['number']}, evidence as of {day_words(run['as_of'])}"],
            ["Candidates", f"{len(content['candidates'])}, of which {sum(one['figures']['rank'] is not None for one in content['candidates'])} are ranked"],
            ["Exported" if frozen.exported else "Frozen", f"{moment_words(frozen.frozen_at)} by {frozen.frozen_by}"],
            ["Signatures", ", ".join(f"{one.meaning.replace('_', ' ')}: {one.name}" for one in frozen.signatures) or "none"],
            ["SHA-256", styled(frozen.digest, "mono")],
        ],
        "footer": [
            f"{title} · calculation {run['number']} · evidence as of {day_words(run['as_of'])}",
            f"{verb} {moment_words(frozen.made)} by {frozen.made_by} · CDMO Eval",
        ],
        "sections": sections(frozen),
    }  # fmt: skip


def letters_without_font(text: str) -> list[str]:
    """The scripts of letters that the fonts here do not have, as Unicode calls them: CJK, HANGUL and so on."""
    found = {
        unicodedata.name(letter, "UNNAMED").split()[0]
        for letter in set(text)
        if ord(letter) > LAST_LATIN and unicodedata.category(letter)[0] == "L"
    }
    return sorted(found - DRAWN_SCRIPTS)


def _font_note(content: Any) -> str:
    """Said on the first page: boxes must not stand for names without a word about it."""
    missing = [] if settings.PDF_FONTS else letters_without_font(json.dumps(content, ensure_ascii=False))
    if not missing:
        return ""
    return (
        f"Letters of these scripts are not in this server’s fonts and are printed as boxes: {', '.join(missing)}. The workbook and "
        "snapshot.json of the package have every name as it was entered."
    )


def _note(frozen: Frozen) -> str:
    if frozen.decision is not None and frozen.decision.get("stage_note"):
        return str(frozen.decision["stage_note"])
    return "Early screen, not for award." if frozen.content["stage"] == "screen" else ""


def write_pdf(frozen: Frozen) -> bytes:
    """The dossier. Raises RuntimeError, with Typst's own words, when it cannot be set."""
    data = json.dumps(dossier_data(frozen), ensure_ascii=False, sort_keys=True)
    fonts: list[Path] = [FONTS, *settings.PDF_FONTS]
    try:
        made = typst.compile(
            TEMPLATES / "dossier.typ", root=TEMPLATES, font_paths=fonts, ignore_system_fonts=True, format="pdf", sys_inputs={"data": data},
            timestamp=frozen.made.astimezone(UTC).replace(microsecond=0), package_path=NO_PACKAGES, package_cache_path=NO_PACKAGES,
        )  # fmt: skip
    except typst.TypstError as error:
        raise RuntimeError(f"The dossier cannot be set: {error}") from error
    assert isinstance(made, bytes)  # noqa: S101 - a single file is asked for
    return made
