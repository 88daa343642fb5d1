"""django-allauth's forms in the words and the manner of the product: sentence case, and no placeholder repeats a label."""

from typing import Any

from allauth.account import forms

LONG_ENOUGH = (
    "At least 12 characters. Not a common password, not only digits, nothing close to your name or address."
)


class _Plain:
    """Takes the placeholders away; labels and help say everything."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():  # type: ignore[attr-defined]
            field.widget.attrs.pop("placeholder", None)


class LoginForm(_Plain, forms.LoginForm):  # type: ignore[misc]  # allauth has no types
    """Sign-in: the way to a new password stands beside the button, not between label and box."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class ChangePasswordForm(_Plain, forms.ChangePasswordForm):  # type: ignore[misc]  # allauth has no types
    """Another password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = "Present password"
        self.fields["oldpassword"].help_text = ""
        _name_new(self.fields)


class ResetPasswordForm(_Plain, forms.ResetPasswordForm):  # type: ignore[misc]  # allauth has no types
    """The address to which a link is sent."""


class ResetPasswordKeyForm(_Plain, forms.ResetPasswordKeyForm):  # type: ignore[misc]  # allauth has no types
    """The new password, from the link."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_new(self.fields)


class ReauthenticateForm(_Plain, forms.ReauthenticateForm):  # type: ignore[misc]  # allauth has no types
    """The password once more, before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


def _name_new(fields: Any) -> None:
    fields["password1"].label = "New password"
    fields["password1"].help_text = LONG_ENOUGH
    fields["password2"].label = "New password, again"
