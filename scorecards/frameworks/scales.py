"""Which criteria share a total of weights, and on which scale a weight was set."""

from collections.abc import Mapping
from typing import Any

from scorecards.engine.digest import canonical_digest
from scorecards.frameworks.definition import write_framework
from scorecards.frameworks.model import Framework

RANGE = ("kind", "direction", "value", "variants", "rubric", "first_level", "items", "item_variants")
"""What of a criterion says what going from worst to best means."""
DIGEST_LENGTH = 16
GROUPS = ""
"""The name of the siblings that are the groups themselves; the criteria inside a group go by its code."""


def sibling_sets(framework: Framework) -> dict[str, tuple[str, ...]]:
    """Codes whose weights share a total, by the node above them: the groups first, then the criteria of each group."""
    sets = {GROUPS: tuple(group.code for group in framework.groups)}
    return sets | {group.code: tuple(leaf.code for leaf in group.leaves) for group in framework.groups}


def node_of(framework: Framework) -> dict[str, str]:
    """The node above every group and criterion."""
    return {code: node for node, codes in sibling_sets(framework).items() for code in codes}


def names_of(framework: Framework) -> dict[str, str]:
    """Groups and criteria by code, as people read them."""
    return {group.code: group.name for group in framework.groups} | {
        leaf.code: leaf.name for leaf in framework.leaves
    }


def scale_digests(framework: Framework) -> dict[str, str]:
    """A digest of the scale of every criterion, and of every group: the scales of its criteria.

    A weight is the worth of going from worst to best on the scale it was set on; another digest means that it was set
    on another one.
    """
    found: dict[str, str] = {}
    for group in write_framework(framework)["group"]:
        inside = {leaf["code"]: _digest({name: leaf[name] for name in RANGE}) for leaf in group["leaf"]}
        found |= inside | {group["code"]: _digest(inside)}
    return found


def _digest(document: Mapping[str, Any]) -> str:
    return canonical_digest(document)[:DIGEST_LENGTH]
