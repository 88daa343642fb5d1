"""Freezing a calculation."""

from django import forms

from scorecards.models.snapshot import LONGEST_REASON


class FreezeForm(forms.Form):
    """What a frozen calculation is kept for."""

    reason = forms.CharField(
        max_length=LONGEST_REASON,
        required=False,
        label="Kept for",
        help_text="For example: steering committee, 3 March.",
    )
