"""Components render what they promise; the style guide, which uses them all, renders without a hole."""

import re
from html.parser import HTMLParser

import pytest
from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import QueryDict
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.test.signals import template_rendered
from hypothesis import given
from hypothesis import strategies as st

from cdmo_eval.core.styleguide import styleguide_context
from cdmo_eval.core.templatetags.components import query_string, share_ticks

STATES = ("fresh", "ageing", "stale", "expired", "unknown")


class Outline(HTMLParser):
    """Collects the ids, headings and references of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.h1 = 0
        self.styled: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.h1 += tag == "h1"
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if "style" in given:
            self.styled.append(tag)


def render(source: str, **context: object) -> str:
    return Template("{% load components display %}" + source).render(Context(context))


def outline(html: str) -> Outline:
    parser = Outline()
    parser.feed(html)
    return parser


def test_styleguide_renders_with_one_h1_unique_ids_and_no_style() -> None:
    request = RequestFactory().get("/styleguide/")

    found = outline(render_to_string("styleguide.html", styleguide_context(), request=request))

    assert found.h1 == 1
    assert sorted(found.ids) == sorted(set(found.ids))
    assert found.styled == []


@pytest.mark.parametrize("name", ["403.html", "403_csrf.html", "404.html", "500.html"])
def test_error_page_renders_without_a_context(name: str) -> None:
    assert outline(render_to_string(name)).h1 == 1


def test_server_error_page_shows_the_reference_number() -> None:
    assert re.findall(r"<code>(.*?)</code>", render_to_string("500.html", {"request_id": "01J9"})) == ["01J9"]


@pytest.mark.parametrize("state", ["good", "warn", "bad", "unknown"])
def test_state_has_icon_word_and_colour(state: str) -> None:
    html = render('{% state_tag state "6 met" %}', state=state)

    assert (f'class="tag {state}"' in html, "sprite.svg#" in html, "6 met" in html) == (True, True, True)


def test_words_from_people_are_escaped() -> None:
    html = render(
        "{% state_tag 'plain' word %}{% panel word %}x{% endpanel %}", word="<script>alert(1)</script>"
    )

    assert "<script>" not in html


def test_unknown_kind_of_button_is_refused() -> None:
    with pytest.raises(ValueError, match="a button is one of"):
        render('{% button "Save" kind="loud" %}')


def test_disabled_button_says_why() -> None:
    html = render('{% button "Export" disabled=True reason="Choose vendors first." %}')

    assert re.findall(r'<span class="meta">(.*?)</span>', html) == ["Choose vendors first."]


class NameForm(forms.Form):
    name = forms.CharField(label="Vendor name", help_text="As registered.")


def test_field_ties_label_help_and_error_to_its_input() -> None:
    html = render("{% field form.name %}", form=NameForm({"name": ""}))

    described = re.findall(r'aria-describedby="([^"]*)"', html)[0].split()
    assert [identifier in outline(html).ids for identifier in described] == [True] * len(described)
    assert 'aria-invalid="true"' in html
    assert '<label for="id_name">Vendor name</label>' in html


def test_form_errors_link_to_their_fields() -> None:
    html = render("{% form_errors form %}", form=NameForm({"name": ""}))

    assert re.findall(r'<a href="#([^"]+)">', html) == ["id_name"]


def test_form_without_errors_draws_no_summary() -> None:
    assert render("{% form_errors form %}", form=NameForm({"name": "x"})).strip() == ""


def test_sort_header_reverses_the_present_order_and_starts_paging_again() -> None:
    query = QueryDict("q=adc&page=3")

    html = render('<table>{% sort_header query "name" "Vendor" current="name" %}</table>', query=query)

    assert re.findall(r'href="([^"]+)"', html)[0] == "?q=adc&amp;ordering=-name"
    assert re.findall(r'aria-sort="([^"]+)"', html) == ["ascending"]


def test_pagination_keeps_the_other_parameters() -> None:
    page = Paginator(range(212), 50).page(2)

    html = render('{% pagination page query noun="vendors" %}', page=page, query=QueryDict("q=adc"))

    assert "51 to 100 of 212 vendors" in html
    assert set(re.findall(r'href="\?q=adc&amp;page=(\d)"', html)) == {"1", "2", "3", "4", "5"}


def test_pagination_of_one_page_has_no_links() -> None:
    html = render(
        '{% pagination page query noun="vendors" %}', page=Paginator([1], 50).page(1), query=QueryDict("")
    )

    assert "<nav" not in html


def test_help_term_explains_its_word() -> None:
    html = render('{% help_term "VAI" %}')

    assert re.findall(r'popovertarget="([^"]+)"', html) == ["term-vai"]
    assert "Voluntary action indicated" in html


def test_word_nobody_explained_is_refused() -> None:
    with pytest.raises(LookupError):
        render('{% help_term "XYZ" %}')


def test_coverage_more_verified_than_answered_is_refused() -> None:
    with pytest.raises(ValueError, match="verified <= answered"):
        render("{% coverage 1000 2000 %}")


def test_blank_fact_reads_unknown() -> None:
    assert re.findall(
        r"<dd>(.*?)</dd>", render("{% facts rows %}", rows=[("Revenue", None), ("Sites", 0)])
    ) == [
        "Unknown",
        "0",
    ]


def test_live_status_polls_only_while_recomputing() -> None:
    fresh = render('{% live_status fresh=True as_of="now" poll_url="/x" %}')
    working = render('{% live_status fresh=False as_of="now" poll_url="/x" %}')

    assert ("hx-get" in fresh, "hx-get" in working) == (False, True)


def test_query_string_drops_and_replaces() -> None:
    assert query_string(QueryDict("a=1&a=2&b=3"), {"a": "9", "b": None}) == "?a=9"


@given(st.fixed_dictionaries({state: st.integers(0, 500) for state in STATES}))
def test_ticks_are_always_five_and_show_every_state_that_occurs(counts: dict[str, int]) -> None:
    ticks = share_ticks(counts, 5)

    occurring = {state for state, count in counts.items() if count} or {"unknown"}
    assert len(ticks) == 5
    assert set(ticks) == occurring


def test_the_style_guide_has_a_sample_of_every_component() -> None:
    drawn: set[str] = set()

    def keep(template: Template, **_: object) -> None:
        drawn.add(str(template.name))

    template_rendered.connect(keep)
    try:
        render_to_string(
            "styleguide.html", styleguide_context(), request=RequestFactory().get("/styleguide/")
        )
    finally:
        template_rendered.disconnect(keep)

    files = {
        f"components/{path.name}" for path in (settings.BASE_DIR / "templates/components").glob("*.html")
    }
    assert files - drawn == set()


@pytest.mark.parametrize("source", ['{% button "Cancel" href=nowhere %}', '{% button "Cancel" href="" %}'])
def test_a_button_without_its_address_is_an_error(source: str) -> None:
    with pytest.raises(ValueError, match="was given an address that is empty"):
        render(source, nowhere="")
