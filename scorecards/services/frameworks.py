"""Install the criteria sets that ship with the product into an organisation."""

from datetime import datetime

from cdmo_eval.core.models import Organization
from scorecards.frameworks import framework_digest, load_framework, to_json
from scorecards.models import Framework

SHIPPED = (("CDMO", 1),)


def install_frameworks(organization: Organization, now: datetime) -> list[Framework]:
    """Give the organisation its published copy of every shipped criteria set; safe to repeat. Needs the organisation's scope."""
    installed = []
    for code, number in SHIPPED:
        shipped = load_framework(code, number)
        framework, _ = Framework.objects.get_or_create(
            organization=organization, code=code, number=number,
            defaults={
                "name": shipped.name, "state": Framework.State.PUBLISHED, "definition": to_json(shipped),
                "digest": framework_digest(shipped), "published_at": now,
            },
        )  # fmt: skip
        installed.append(framework)
    return installed


def give_frameworks(organization: Organization, now: datetime) -> None:
    """What a new organisation begins with."""
    install_frameworks(organization, now)
