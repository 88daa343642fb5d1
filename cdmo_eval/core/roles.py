"""The roles of a membership."""

from enum import StrEnum


class Role(StrEnum):
    """What a member does. What each role may do is the table in policies.py."""

    VIEWER = "viewer"
    EVALUATOR = "evaluator"
    PROCUREMENT = "procurement"
    MANAGER = "manager"
    QUALITY = "quality"
    AUDITOR = "auditor"
    ADMIN = "admin"

    @property
    def label(self) -> str:
        """The role as pages say it."""
        return self.value.capitalize()
