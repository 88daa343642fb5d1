"""Facts of services: how each is delivered, at which GMP grade, and for which markets."""

from vendors.facts.catalogue import MARKETS, SERVICE, Fact
from vendors.facts.schema import Choice, Choices
from vendors.vocabulary import Code, Delivery, GmpGrade, ServiceCode


def _codes(vocabulary: type[Code]) -> tuple[str, ...]:
    return tuple(member.value for member in vocabulary)


def _service_facts() -> tuple[Fact, ...]:
    facts: list[Fact] = []
    for service in ServiceCode:
        for field, schema, label, question in (
            (
                "delivery",
                Choice(_codes(Delivery)),
                service.label,
                f"{service.label}: in-house, by a partner, or not offered?",
            ),
            (
                "gmp_grade",
                Choice(_codes(GmpGrade)),
                f"{service.label}: GMP grade",
                f"{service.label}: at which GMP grade?",
            ),
            (
                "markets",
                Choices(MARKETS),
                f"{service.label}: markets",
                f"{service.label}: for which markets?",
            ),
        ):
            code = f"service.{service.value}.{field}"
            facts.append(Fact(code, SERVICE, schema, "", 12, 24, ("program",), label, question, field))
    return tuple(facts)


SERVICE_FACTS: tuple[Fact, ...] = _service_facts()
