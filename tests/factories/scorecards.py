"""Programmes, candidates and scorecards for tests; inside an open organization_scope."""

from datetime import date, datetime
from itertools import count
from typing import Any

from cdmo_eval.core.models import Organization
from scorecards.models import Candidate, Program, Scorecard
from scorecards.services.candidates import create_candidate
from scorecards.services.frameworks import install_frameworks
from scorecards.services.programs import create_program
from scorecards.services.scorecards import create_scorecard
from tests.factories.core import NOW
from tests.factories.vendors import somebody
from vendors.models import Vendor

_numbers = count(1)


def make_program(
    organization: Organization, *, name: str = "", now: datetime = NOW, **fields: Any
) -> Program:
    """An antibody in phase 1, for the US and the EU, first GMP batch in a year."""
    standard: dict[str, Any] = {
        "modality": "MAB", "phase_now": "PH1", "phase_target": "PH2", "target_markets": ["US", "EU"],
        "need_first_gmp_date": date(now.year + 1, now.month, 1), "required_services": ["FORM_DEV"],
        "scale_needs": [{"operation": "UPSTREAM", "at": "now", "value": 200, "unit": "L"}],
    }  # fmt: skip
    name = name or f"Programme {next(_numbers)}"
    return create_program(
        organization=organization, by=somebody(organization), now=now, name=name, **(standard | fields)
    )


def make_candidate(program: Program, vendor: Vendor, *, now: datetime = NOW, **fields: Any) -> Candidate:
    """A vendor that stands in a programme, with a label of its own unless told otherwise."""
    label = fields.pop("label", f"Offer {next(_numbers)}")
    return create_candidate(
        program=program, vendor=vendor, by=somebody(program.organization), now=now, label=label, **fields
    )


def make_scorecard(program: Program, *, name: str = "", now: datetime = NOW, **fields: Any) -> Scorecard:
    """An early screen over every vendor with equal group weights."""
    framework = install_frameworks(program.organization, now)[0]
    name = name or f"Scorecard {next(_numbers)}"
    return create_scorecard(
        program=program, framework=framework, name=name, by=somebody(program.organization), now=now, **fields
    )
