"""What the check of an import answers: columns, errors by repair, and each object old → new; and the kinds of file."""

from rest_framework import serializers

from cdmo_eval.http.serializers import Output


class ColumnOut(Output):
    """A column of the file."""

    name = serializers.CharField()
    field = serializers.CharField(help_text="Path of its field; blank when it has none.")
    how = serializers.ChoiceField(choices=["named", "known", "mapped", "saved", "left_out", "unknown"])
    samples = serializers.ListField(child=serializers.CharField())


class FoundOut(Output):
    """A text that was found in cells with an error."""

    found = serializers.CharField()
    rows = serializers.IntegerField()
    suggestions = serializers.ListField(child=serializers.CharField())


class OfferedOut(Output):
    """A repair that helps."""

    repair = serializers.CharField()
    option = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    mends = serializers.IntegerField(help_text="Rows.")


class LineGroupOut(Output):
    """Equal errors, with what mends them."""

    title = serializers.CharField()
    column = serializers.CharField()
    field = serializers.CharField()
    code = serializers.CharField()
    header = serializers.BooleanField(
        help_text="Of the header or the file as a whole: nothing can be loaded."
    )
    rows = serializers.IntegerField()
    first_rows = serializers.ListField(child=serializers.IntegerField())
    message = serializers.CharField()
    expected = serializers.CharField()
    values = FoundOut(many=True)
    more_values = serializers.IntegerField()
    repairs = OfferedOut(many=True)


class ValueChangeOut(Output):
    """A value, old and new."""

    field = serializers.CharField()
    old = serializers.CharField()
    new = serializers.CharField()


class ObjectOut(Output):
    """An object that the file makes or changes."""

    entity = serializers.CharField()
    name = serializers.CharField()
    row = serializers.IntegerField()
    state = serializers.ChoiceField(choices=["new", "changed"])
    values = ValueChangeOut(many=True)
    more = serializers.IntegerField()


class ReportOut(Output):
    """What the check found: for those who may import the kind."""

    columns = ColumnOut(many=True)
    groups = LineGroupOut(many=True, help_text="Errors by repair.")
    left_out = LineGroupOut(many=True, help_text="Rows left out by choice.")
    repairs = serializers.ListField(child=serializers.DictField(), help_text="Those chosen.")
    mapping = serializers.DictField(child=serializers.CharField())
    preview = ObjectOut(many=True, help_text="The first 500 objects.")
    objects = serializers.IntegerField(help_text="All objects that change.")


class KindFieldOut(Output):
    """A column that a kind of file may have."""

    path = serializers.CharField()
    meaning = serializers.CharField()
    type = serializers.CharField()
    allowed = serializers.CharField()


class KindOut(Output):
    """A kind of file of our own."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    meaning = serializers.CharField()
    group = serializers.CharField()
    may_import = serializers.BooleanField()
    columns = KindFieldOut(many=True)
