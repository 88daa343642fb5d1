"""A vendor's answers beside what is known now: what to accept, and what contradicts what is verified."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from scorecards import loading
from scorecards.fit import Rater
from scorecards.fit.contradictions import find
from scorecards.fit.inputs import CandidateFacts, VendorFacts
from scorecards.fit.view import CandidateView
from scorecards.models import QuestionnaireAnswer, QuestionnaireCopy, QuestionnaireItem, QuestionnaireReview
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.questionnaires import item_list, present_answers, review_of
from vendors.facts import FACTS
from vendors.models import Evidence
from vendors.resolution import AgeLimits, EvidenceFact, Place, fits, resolve
from vendors.selectors.evidence import evidence_fact
from vendors.value_words import value_words
from vendors.vocabulary import ClaimType, Policy, SubjectType

Kind, State = QuestionnaireAnswer.Kind, QuestionnaireItem.State


@dataclass(frozen=True)
class Answered:
    """One question with its present answer, the decision about it, and what is known of the same thing now.

    `known` is the record that counts, `verified` the one that was checked, where there is one. `contradicts` says, in
    words, which verified record an answer cannot agree with; it changes no value.
    """

    item: QuestionnaireItem
    answer: QuestionnaireAnswer | None
    review: QuestionnaireReview | None
    known: Evidence | None
    verified: Evidence | None
    contradicts: str

    @property
    def said(self) -> str:
        """The answer in words; "" without one."""
        if self.answer is None:
            return ""
        if self.answer.kind == Kind.VALUE:
            return value_words(self.item.target, self.answer.value)
        return str(Kind(self.answer.kind).label)

    @property
    def known_words(self) -> str:
        """What counts now, in words; "" when nothing does."""
        return (
            value_words(self.item.target, self.known.value, refused=self.known.refused) if self.known else ""
        )

    @property
    def verified_words(self) -> str:
        """What was checked, where something else counts; "" otherwise."""
        if self.verified is None or self.verified is self.known:
            return ""
        return value_words(self.item.target, self.verified.value)

    @property
    def same(self) -> bool:
        """Whether the answer says what counts now."""
        return bool(
            self.answer and self.known and self.answer.value == self.known.value and self.answer.value
        )

    @property
    def to_review(self) -> bool:
        """Whether it waits for a decision."""
        return self.item.state in {State.ANSWERED, State.REFUSED}


def answered_items(
    copy: QuestionnaireCopy, *, as_of: date, compare: bool = True, commercial: bool = True
) -> list[Answered]:
    """Every question of a copy in the order of its workbook; four queries, one less without `compare`.

    Without `commercial`, records that only those may read who may read offers are left out of what is known.
    """
    items = list(item_list(copy))
    answers = present_answers(copy.organization, items)
    records = _records(copy, items, commercial=commercial) if compare else {}
    clashes = _contradictions(copy, items, answers, records, as_of=as_of) if compare else {}
    return [
        Answered(
            item, answers.get(item.pk), review_of(answers.get(item.pk)), *_standing(item, copy, records.get(item.target, ()), as_of=as_of),
            clashes.get(item.pk, ""),
        )
        for item in items
    ]  # fmt: skip


def _records(
    copy: QuestionnaireCopy, items: Sequence[QuestionnaireItem], *, commercial: bool
) -> Mapping[str, list[tuple[EvidenceFact, Evidence]]]:
    """Live evidence of the vendor about what is asked, by target."""
    rows = (
        Evidence.objects.for_organization(copy.organization)
        .live()
        .visible(commercial=commercial)
        .filter(vendor_id=copy.candidate.vendor_id, target__in={item.target for item in items})
    )
    found: dict[str, list[tuple[EvidenceFact, Evidence]]] = defaultdict(list)
    for row in rows.order_by("id"):
        found[row.target].append((evidence_fact(row), row))
    return found


def _place(item: QuestionnaireItem, copy: QuestionnaireCopy) -> Place:
    """Where the answer to a question holds."""
    candidate = copy.candidate
    modality = item.question.modality
    return Place(
        vendor_ids=frozenset({candidate.vendor_id}),
        site_ids=frozenset({item.site_id} if item.site_id else ()),
        capability_ids=frozenset({item.capability_id} if item.capability_id else ()),
        candidate_id=candidate.pk,
        modalities=frozenset({modality} if modality else ()),
        program_id=candidate.program_id,
    )


def _standing(
    item: QuestionnaireItem,
    copy: QuestionnaireCopy,
    records: Sequence[tuple[EvidenceFact, Evidence]],
    *,
    as_of: date,
) -> tuple[Evidence | None, Evidence | None]:
    """The record that counts at the thing asked about, and the verified one among them."""
    fact, place, rows = (
        FACTS.get(item.target),
        _place(item, copy),
        {record.id: row for record, row in records},
    )
    if fact is None:
        return None, None
    limits = AgeLimits(fact.fresh_months, fact.expire_months)
    plain = [record for record, _ in records]
    counts = resolve(plain, place, limits=limits, as_of=as_of)
    checked = resolve([record for record in plain if record.verified], place, limits=limits, as_of=as_of)
    return rows[counts.record.id] if counts else None, rows[checked.record.id] if checked else None


def _contradictions(
    copy: QuestionnaireCopy, items: Sequence[QuestionnaireItem], answers: Mapping[int, QuestionnaireAnswer],
    records: Mapping[str, Sequence[tuple[EvidenceFact, Evidence]]], *, as_of: date,
) -> dict[int, str]:  # fmt: skip
    """By item: what an answer cannot agree with, by the criteria set's own value functions."""
    claimed = {
        -item.pk: as_record(item, copy, answer)
        for item in items
        if (answer := answers.get(item.pk)) is not None and answer.kind == Kind.VALUE and item.target in FACTS
    }
    if not claimed:
        return {}
    scorecard = copy.questionnaire.scorecard
    rater = Rater(
        criteria_of(scorecard.framework), loading.program_needs(scorecard.program), policy=Policy(scorecard.policy), as_of=as_of,
        settings=loading.fit_settings(copy.organization),
    )  # fmt: skip
    found: dict[int, str] = {}
    rows = {record.id: row for pairs in records.values() for record, row in pairs}
    for number, claim in claimed.items():
        verified = [record for record, _ in records.get(claim.target, ()) if record.verified]
        near = [record for record in verified if fits(record, _place_of(claim))]
        about = [_at(claim, record) for record in near]
        facts = CandidateFacts(
            copy.candidate_id, VendorFacts(copy.candidate.vendor_id), evidence=(claim, *about)
        )
        for clash in find(rater, CandidateView(facts, rater.program, as_of)):
            if number in (clash.first_id, clash.second_id):
                other = rows[clash.second_id if clash.first_id == number else clash.first_id]
                found.setdefault(-number, _clash_words(other, clash.flags))
    return found


def as_record(item: QuestionnaireItem, copy: QuestionnaireCopy, answer: QuestionnaireAnswer) -> EvidenceFact:
    """An answer as the record it would become."""
    return EvidenceFact(
        id=-item.pk, target=item.target, subject_type=SubjectType(item.subject_type), value=answer.value, obtained_on=answer.answered_on,
        vendor_id=copy.candidate.vendor_id, site_id=item.site_id, capability_id=item.capability_id, candidate_id=copy.candidate_id,
        modality=item.question.modality, claim_type=ClaimType.CLAIMED,
    )  # fmt: skip


def _place_of(claim: EvidenceFact) -> Place:
    return Place(
        vendor_ids=frozenset({claim.vendor_id} if claim.vendor_id else ()),
        site_ids=frozenset({claim.site_id} if claim.site_id else ()),
        capability_ids=frozenset({claim.capability_id} if claim.capability_id else ()),
        candidate_id=claim.candidate_id,
        modalities=frozenset({claim.modality} if claim.modality else ()),
    )


def _at(claim: EvidenceFact, record: EvidenceFact) -> EvidenceFact:
    """A verified record that holds at the same thing, said of that thing: only such two are compared."""
    return EvidenceFact(
        id=record.id, target=record.target, subject_type=claim.subject_type, value=record.value, obtained_on=record.obtained_on,
        vendor_id=claim.vendor_id, site_id=claim.site_id, capability_id=claim.capability_id, candidate_id=claim.candidate_id,
        modality=claim.modality, operation=claim.operation, phase=claim.phase, market=claim.market, program_id=claim.program_id,
        claim_type=record.claim_type, grade=record.grade, valid_until=record.valid_until, reviewed=record.reviewed,
    )  # fmt: skip


def _clash_words(record: Evidence, flags: Sequence[str]) -> str:
    said = value_words(record.target, record.value)
    return (
        f"Verified by {record.reviewed_by}, grade {record.grade}: {said}"
        if not flags
        else f"Verified by {record.reviewed_by} as not met: {', '.join(flags)}"
    )
