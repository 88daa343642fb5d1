"""The form of merging a vendor that was entered twice."""

from typing import Any

from cdmo_eval.http.pages.sheet import VersionedForm
from vendors.forms import fields
from vendors.forms.profile import Pairs


class MergeForm(VersionedForm):
    """The vendor that stays."""

    def __init__(self, *args: Any, others: Pairs, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"] = fields.pick("Vendor that stays", others, blank="Choose a vendor", required=True)
