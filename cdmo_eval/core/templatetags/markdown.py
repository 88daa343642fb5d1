"""Notes that people write in Markdown, as safe HTML: paragraphs, emphasis, lists, links, quotations, code; nothing else.

Two walls: the renderer makes no HTML of raw tags, images or headings, and nh3 lets through only a short list of tags.
"""

import nh3
from django.template import Library
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

register = Library()

TAGS = {"p", "br", "em", "strong", "ul", "ol", "li", "a", "code", "pre", "blockquote", "hr"}
ATTRIBUTES = {"a": {"href"}}
SCHEMES = {"http", "https", "mailto"}
_renderer = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(
    ["heading", "lheading", "image", "html_block", "html_inline", "reference"]
)


def markdown_html(text: str) -> str:
    """The HTML of a Markdown text, cleaned."""
    return nh3.clean(
        _renderer.render(text),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


@register.filter
def markdown(text: str) -> SafeString:
    """A person's Markdown, shown."""
    return mark_safe(markdown_html(text))  # noqa: S308 - cleaned by nh3
