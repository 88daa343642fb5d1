"""Every word of the product is explained, on the help page and at the foot of at least one page that uses it."""

from html import unescape

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from cdmo_eval.core.glossary import GLOSSARY
from cdmo_eval.core.page_words import PAGE_WORDS, words_of
from tests.unit.design.test_components import render

PRODUCT_WORDS = (
    "vendor", "site", "modality", "operation", "phase", "capability", "service", "certificate", "qualification", "regulatory record",
    "warning letter", "recall", "import alert", "non-compliance statement", "evidence", "grade", "claimed", "verified", "fresh", "getting old",
    "stale", "expired", "criterion", "criteria set", "value function", "value", "rating", "contribution", "weight", "programme", "candidate",
    "supply map", "proposal", "scorecard", "stage", "must-have", "waiver", "calculation", "score", "interval", "answered", "verified share",
    "contradiction", "rank", "simulated cases", "shortlist", "frozen calculation", "dossier", "questionnaire", "evaluator", "consensus",
    "worst case", "unknowns count half", "only what is known", "evidence strength", "chance of each rank", "weights that would make it first",
    "all possible weights", "weights from an order", "worst-to-best comparison", "agreement", "OAI", "VAI", "NAI", "483", "CCS", "PPQ", "DPMM",
)  # fmt: skip
"""The words that pages say to people."""
INLINE = {"NAI", "VAI"}
"""Explained inside a sentence or the head of a table only."""


def names(resolver: URLResolver, space: str = "") -> set[str]:
    """Every name of an address."""
    found = set()
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            found |= names(each, f"{space}{each.namespace}:" if each.namespace else space)
        elif isinstance(each, URLPattern) and each.name:
            found.add(f"{space}{each.name}")
    return found


def test_every_word_of_the_product_is_explained() -> None:
    assert [word for word in PRODUCT_WORDS if word not in GLOSSARY] == []


def test_every_word_stands_on_a_page_that_exists() -> None:
    used = {word for words in PAGE_WORDS.values() for word in words}

    assert set(PAGE_WORDS) - names(get_resolver()) == set()
    assert used - set(GLOSSARY) == set()
    assert set(GLOSSARY) - used - INLINE == set()


@pytest.mark.parametrize("page", sorted(PAGE_WORDS))
def test_a_page_explains_each_word_once(page: str) -> None:
    said = unescape(render(f'{{% page_words "{page}" %}}'))

    assert len(set(PAGE_WORDS[page])) == len(PAGE_WORDS[page])
    assert [said.count(one.meaning) for one in words_of(page)] == [1] * len(PAGE_WORDS[page])


def test_a_page_without_words_draws_nothing() -> None:
    assert "Words on this page" not in render("{% page_words %}")
