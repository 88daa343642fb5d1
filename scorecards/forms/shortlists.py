"""Shortlists: begin one, add candidates, decide, choose, talk, declare interests, sign."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from scorecards.models import Candidate, Shortlist, ShortlistItem, ShortlistRemark
from scorecards.models.shortlist import LONGEST_REASON, LONGEST_TEXT


def _area(
    label: str, longest: int, *, rows: int = 3, required: bool = False, help_text: str = ""
) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=longest, required=required, help_text=help_text, widget=forms.Textarea(attrs={"rows": rows})
    )  # fmt: skip


class ShortlistForm(forms.Form):
    """What a shortlist is called and for."""

    name = forms.CharField(label="Name", max_length=200)
    purpose = forms.CharField(
        label="Purpose", max_length=500, required=False, help_text="For example: second source for phase III."
    )


class PickForm(forms.Form):
    """Candidates of a scorecard."""

    c = forms.MultipleChoiceField(label="Vendors", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, candidates: Iterable[tuple[Candidate, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = list(candidates)
        self.by_id = {str(candidate.public_id): candidate for candidate, _ in listed}
        self.fields["c"].choices = [  # type: ignore[attr-defined]
            (str(candidate.public_id), f"{candidate}{f' ({note})' if note else ''}") for candidate, note in listed
        ]  # fmt: skip

    def picked(self) -> list[Candidate]:
        """The candidates chosen, in the order of the list."""
        wanted = set(self.cleaned_data["c"])
        return [candidate for key, candidate in self.by_id.items() if key in wanted]


class NewShortlistForm(ShortlistForm, PickForm):
    """Begin a shortlist with some candidates, or add them to one that is open."""

    into = forms.ChoiceField(label="Put them on", required=False)

    field_order = ("into", "name", "purpose", "c")

    def __init__(
        self, open_lists: Sequence[Shortlist], candidates: Iterable[tuple[Candidate, str]], *args: Any, **kwargs: Any
    ) -> None:  # fmt: skip
        super().__init__(candidates, *args, **kwargs)
        self.open_lists = {str(row.public_id): row for row in open_lists}
        self.fields["into"].choices = [  # type: ignore[attr-defined]
            ("", "A new shortlist"),
            *((key, row.name) for key, row in self.open_lists.items()),
        ]
        self.fields["name"].required = False
        if not self.open_lists:
            del self.fields["into"]

    def clean(self) -> dict[str, Any]:
        """A new shortlist needs a name."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not data.get("into") and not data.get("name") and "name" not in self.errors:
            self.add_error("name", "A shortlist needs a name.")
        return data


class DecideForm(forms.Form):
    """Keep, hold or drop one candidate."""

    decision = forms.ChoiceField(
        label="Decision", choices=ShortlistItem.Decision.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label="Reason", required=False, max_length=LONGEST_REASON, widget=forms.TextInput(attrs={"placeholder": "Reason"})
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, item: ShortlistItem, data: Any = None) -> None:
        super().__init__(
            data,
            initial={"decision": item.decision, "reason": item.reason, "version": item.version},
            auto_id=f"item-{item.public_id}-%s",
        )


class ChoiceForm(forms.Form):
    """Who is chosen, who stands by, why, and what happens next."""

    primary = forms.ChoiceField(label="First choice", required=False)
    backup = forms.ChoiceField(label="Backup", required=False)
    reason = _area("Why this is the answer", LONGEST_TEXT, help_text="Part of what is signed.")
    next_steps = _area("Next", LONGEST_TEXT)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, shortlist: Shortlist, kept: Sequence[Candidate], data: Any = None) -> None:
        super().__init__(
            data,
            initial={
                "primary": str(shortlist.primary.public_id) if shortlist.primary is not None else "",
                "backup": str(shortlist.backup.public_id) if shortlist.backup is not None else "",
                "reason": shortlist.reason, "next_steps": shortlist.next_steps, "version": shortlist.version,
            },
            auto_id="choice-%s",
        )  # fmt: skip
        self.by_id = {str(candidate.public_id): candidate for candidate in kept}
        for name in ("primary", "backup"):
            self.fields[name].choices = [  # type: ignore[attr-defined]
                ("", "Nobody yet" if name == "primary" else "No backup"),
                *((key, str(candidate)) for key, candidate in self.by_id.items()),
            ]

    def chosen(self) -> dict[str, Any]:
        """What the service wants."""
        data = self.cleaned_data
        return {
            "primary": self.by_id.get(data["primary"]), "backup": self.by_id.get(data["backup"]), "reason": data["reason"],
            "next_steps": data["next_steps"],
        }  # fmt: skip


class RemarkForm(forms.Form):
    """A comment or dissent."""

    kind = forms.ChoiceField(label="Kind", choices=ShortlistRemark.Kind.choices)
    about = forms.ChoiceField(label="About", required=False)
    text = _area("Text", LONGEST_TEXT, required=True)

    def __init__(self, candidates: Sequence[Candidate], data: Any = None) -> None:
        super().__init__(data, auto_id="remark-%s")
        self.by_id = {str(candidate.public_id): candidate for candidate in candidates}
        self.fields["about"].choices = [  # type: ignore[attr-defined]
            ("", "The shortlist"),
            *((key, str(candidate)) for key, candidate in self.by_id.items()),
        ]


class InterestsForm(forms.Form):
    """One's own interests in the vendors of a shortlist."""

    conflict = forms.TypedChoiceField(
        label="Do you have an interest in any of these vendors?", choices=(("no", "No, none"), ("yes", "Yes")),
        coerce=lambda text: text == "yes", widget=forms.RadioSelect,
    )  # fmt: skip
    text = _area(
        "Which", LONGEST_REASON, rows=2, help_text="Shares, employment, family, gifts, offices; in whom."
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="interests-%s")


class SignForm(forms.Form):
    """Prove who you are, again."""

    password = forms.CharField(
        label="Your password", strip=False, max_length=4096, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )  # fmt: skip
    code = forms.CharField(
        label="Code of your authenticator", max_length=32, required=False, help_text="Or a recovery code.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )  # fmt: skip
    digest = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, digest: str = "", second_factor: bool) -> None:
        super().__init__(data, initial={"digest": digest}, auto_id="sign-%s")
        if not second_factor:
            del self.fields["code"]


class NewEditionForm(forms.Form):
    """Why what was signed no longer holds."""

    reason = forms.CharField(label="Why what was signed no longer holds", max_length=500)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="edition-%s")
