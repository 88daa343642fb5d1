"""Loads of official records: whatever the order, loaded twice or taken back, the same files say the same."""

from datetime import date, timedelta
from itertools import permutations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdmo_eval.core.db.base import owner_connection
from cdmo_eval.core.errors import Conflict, Invalid
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import NOW, Team, make_team
from tests.factories.vendors import make_site, make_vendor
from vendors import selectors, services
from vendors.imports.regulatory import undo_public_records
from vendors.models import (
    PublicLoad,
    PublicRecord,
    PublicRecordVersion,
    SiteStanding,
    SourceRead,
    UploadedLoad,
    UploadedRecord,
    UploadedRecordVersion,
)
from vendors.regulatory.records import RegulatoryRecord
from vendors.services import LoadReport, PublicRead
from vendors.vocabulary import RecordKind

FEI = "3002930341"
TODAY = NOW.date()
committed = pytest.mark.django_db(transaction=True)


def inspection(number: str, classification: str, read_on: date = TODAY, **more: object) -> RegulatoryRecord:
    """An FDA inspection as a format hands it over."""
    given = {
        "kind": RecordKind.INSPECTION,
        "authority": "FDA",
        "native_id": number,
        "fei": FEI,
        "firm": "Aldergate Bio",
        "event_on": date(2025, 3, 1),
        "classification": classification,
        "product_area": "Drugs",
        "project_area": "Drug Quality Assurance",
        "source": "fda_inspections",
        "read_on": read_on,
    }
    return RegulatoryRecord(**(given | more))  # type: ignore[arg-type]


def upload(
    by: Actor, *records: RegulatoryRecord, read_on: date = TODAY, complete: bool = False
) -> LoadReport:
    """Load a member's file; its number is the newest load's."""
    load = UploadedLoad(
        organization=by.organization,
        kind="fda_inspections",
        read_on=read_on,
        record_kinds=[RecordKind.INSPECTION.value],
    )
    return services.upload_records(
        organization=by.organization, records=records, by=by, now=NOW, load=load, complete=complete
    )


def undo(by: Actor, number: int) -> UploadedLoad:
    """Take a load back."""
    load = UploadedLoad.objects.select_related("organization").get(position=number)
    return services.undo_uploaded_load(load=load, reason="wrong file", by=by, now=NOW)


def stored() -> list[tuple[object, ...]]:
    """What counts, without keys and times."""
    columns = ("native_id", "classification", "firm", "closed_on", "read_on")
    return sorted(UploadedRecord.objects.active().values_list(*columns), key=str)


def verdicts(report: LoadReport) -> tuple[int, ...]:
    """Added, changed, unchanged, outdated, repeated."""
    return (report.added, report.changed, report.unchanged, report.outdated, report.repeated)


@pytest.mark.usefixtures("team")
class TestUploads:
    """A member's files, inside the organisation."""

    def test_changed_row_keeps_the_earlier_version(self, scope: Actor) -> None:
        upload(scope, inspection("1", "NAI"))

        report = upload(scope, inspection("1", "OAI"))

        assert verdicts(report) == (0, 1, 0, 0, 0)
        version = UploadedRecordVersion.objects.get()
        assert (version.reason, version.content["classification"], version.load.position) == (
            "changed",
            "NAI",
            2,
        )

    def test_older_file_never_replaces_newer_content(self, scope: Actor) -> None:
        upload(scope, inspection("1", "OAI"))

        report = upload(
            scope, inspection("1", "NAI", TODAY - timedelta(days=9)), read_on=TODAY - timedelta(9)
        )

        assert (verdicts(report), stored()[0][1]) == ((0, 0, 0, 1, 0), "OAI")

    def test_older_file_does_not_replace_what_a_newer_one_confirmed(self, scope: Actor) -> None:
        days = [TODAY - timedelta(days=ago) for ago in (30, 10, 20)]
        upload(scope, inspection("1", "NAI", days[0]), read_on=days[0])
        upload(scope, inspection("1", "NAI", days[1]), read_on=days[1])

        report = upload(scope, inspection("1", "OAI", days[2]), read_on=days[2])

        assert (verdicts(report), stored()[0][1]) == ((0, 0, 0, 1, 0), "NAI")

    def test_blank_in_a_newer_file_takes_nothing_away_and_is_filled_by_an_older_one(
        self, scope: Actor
    ) -> None:
        days = [TODAY - timedelta(days=ago) for ago in (30, 10, 20)]
        upload(scope, inspection("1", "VAI", days[0], firm="Alder"), read_on=days[0])
        blank = upload(scope, inspection("1", "", days[1], firm="Birch"), read_on=days[1])
        kept = stored()[0][:3]

        late = upload(scope, inspection("1", "OAI", days[2], firm="Cedar"), read_on=days[2])

        assert (verdicts(blank)[1], kept) == (1, ("1", "VAI", "Birch"))
        assert (verdicts(late)[1], stored()[0][:3]) == (1, ("1", "OAI", "Birch"))
        assert UploadedRecord.objects.get().carried == {"classification": days[2].isoformat()}
        undo(scope, 3)
        undo(scope, 2)
        assert stored()[0][:3] == ("1", "VAI", "Alder")

    def test_file_that_says_less_changes_nothing(self, scope: Actor) -> None:
        days = [TODAY - timedelta(days=ago) for ago in (30, 10)]
        upload(scope, inspection("1", "VAI", days[0], firm="Alder"), read_on=days[0])

        reports = [
            upload(scope, inspection("1", "", days[1], firm="Alder"), read_on=days[1]) for _ in range(2)
        ]

        assert [verdicts(report) for report in reports] == [(0, 0, 1, 0, 0)] * 2
        assert stored()[0][1] == "VAI"

    def test_undo_withdraws_what_was_new_and_restores_what_changed(self, scope: Actor) -> None:
        site = make_site(make_vendor(scope.organization), fei=FEI)
        upload(scope, inspection("1", "NAI"))
        before, standing = stored(), SiteStanding.objects.values_list("state", "score").get(site=site)
        upload(scope, inspection("1", "OAI"), inspection("2", "VAI"))

        load = undo(scope, 2)

        assert (stored(), load.state) == (before, "undone")
        assert SiteStanding.objects.values_list("state", "score").get(site=site) == standing
        assert UploadedRecord.objects.count() == 2
        reasons = UploadedRecordVersion.objects.order_by("id").values_list("reason", flat=True)
        assert list(reasons) == ["changed", "undone"]

    def test_undone_load_can_be_loaded_again(self, scope: Actor) -> None:
        upload(scope, inspection("1", "NAI"))
        undo(scope, 1)

        report = upload(scope, inspection("1", "NAI"))

        assert (verdicts(report), [row[:2] for row in stored()]) == ((1, 0, 0, 0, 0), [("1", "NAI")])
        undo(scope, 2)
        assert stored() == []

    def test_undo_is_refused_when_a_later_load_built_on_it(self, scope: Actor) -> None:
        upload(scope, inspection("1", "NAI"))
        upload(scope, inspection("1", "NAI"))
        upload(scope, inspection("9", "NAI"))

        with pytest.raises(Conflict, match=r"Load 2 .* came later and built on this one"):
            undo(scope, 1)

        undo(scope, 2)
        undo(scope, 1)
        assert [row[0] for row in stored()] == ["9"]

    def test_undo_happens_once_and_with_a_reason(self, scope: Actor) -> None:
        upload(scope, inspection("1", "NAI"))
        load = UploadedLoad.objects.get()
        with pytest.raises(Invalid, match="needs a reason"):
            services.undo_uploaded_load(load=load, reason=" ", by=scope, now=NOW)
        undo(scope, 1)

        with pytest.raises(Conflict, match="there is nothing to undo"):
            undo(scope, 1)

    def test_worst_class_of_equal_rows_counts(self, scope: Actor) -> None:
        report = upload(scope, *(inspection("1", word) for word in ("NAI", "OAI", "VAI")))

        assert (verdicts(report), stored()[0][1]) == ((1, 0, 0, 0, 2), "OAI")

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_lists_in_any_order_close_on_the_first_reading_without_it(
        self, scope: Actor, order: tuple[int, ...]
    ) -> None:
        days = [TODAY - timedelta(days=ago) for ago in (30, 20, 10)]
        files = [("1", "2"), ("1",), ("1",)]
        for index in order:
            rows = [inspection(number, "NAI", days[index]) for number in files[index]]
            upload(scope, *rows, read_on=days[index], complete=True)

        assert [(row[0], row[3]) for row in stored()] == [("1", None), ("2", days[1])]

    def test_undone_list_opens_again_what_it_closed(self, scope: Actor) -> None:
        upload(scope, inspection("1", "NAI"), inspection("2", "NAI"), complete=True)
        closed = upload(scope, inspection("1", "NAI"), complete=True)
        undo(scope, 2)

        assert (closed.closed, [row[3] for row in stored()]) == (1, [None, None])

    def test_own_upload_counts_as_read_until_it_is_undone(self, scope: Actor, outsiders: Team) -> None:
        upload(scope, inspection("1", "NAI"), read_on=TODAY - timedelta(days=3))

        assert selectors.source_reads(scope.organization) == {
            RecordKind.INSPECTION: TODAY - timedelta(days=3)
        }
        assert selectors.source_reads(scope.organization, TODAY - timedelta(days=4)) == {}
        assert selectors.source_reads() == selectors.source_reads(outsiders.organization) == {}
        undo(scope, 1)
        assert selectors.source_reads(scope.organization) == {}

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        files=st.lists(
            st.lists(
                st.tuples(
                    st.sampled_from("123"),
                    st.sampled_from(["NAI", "VAI", "OAI", ""]),
                    st.sampled_from(["a", "b", ""]),
                ),
                min_size=1,
                max_size=5,
            ),
            min_size=2,
            max_size=4,
        ),
        data=st.data(),
    )
    def test_neither_order_nor_repetition_matters(
        self, scope: Actor, files: list[list[tuple[str, str, str]]], data: st.DataObject
    ) -> None:
        order = data.draw(st.permutations(range(len(files))))
        twice = data.draw(st.sampled_from(range(len(files))))

        def load(numbers: list[int]) -> list[tuple[object, ...]]:
            with transaction.atomic():
                for number in numbers:
                    day = TODAY - timedelta(days=len(files) - number)
                    rows = [inspection(n, word, day, firm=firm) for n, word, firm in files[number]]
                    upload(scope, *data.draw(st.permutations(rows)), read_on=day)
                found = [row[:3] for row in stored()]
                transaction.set_rollback(True)
            return found

        assert load([*order, twice]) == load(list(range(len(files))))


def load_public(*records: RegulatoryRecord, read_on: date = TODAY, complete: bool = False) -> LoadReport:
    """Load a public file."""
    read = PublicRead(
        source="fda_inspections", kinds=(RecordKind.INSPECTION,), read_on=read_on, by="operator"
    )
    with owner_connection():
        return services.load_public_records(records=records, read=read, now=NOW, complete=complete)


@committed
def test_undone_public_load_leaves_no_score_and_no_reading() -> None:
    team = make_team("alpha")
    with organization_scope(team.organization.pk, team.actor()):
        site = make_site(make_vendor(team.organization), fei=FEI)
    load_public(inspection("1", "OAI"))

    load = undo_public_records(1, reason="wrong file", by="operator", now=NOW)

    with organization_scope(team.organization.pk, team.actor()):
        found = selectors.site_regulatory(team.organization, site, as_of=TODAY)
        assert SiteStanding.objects.get().state == "no_record"
    assert (found.records, SourceRead.objects.count(), load.state) == ((), 0, "undone")
    assert (PublicRecord.objects.count(), PublicLoad.objects.get().undone_by_name) == (1, "operator")


@committed
def test_public_load_that_was_built_upon_is_not_undone() -> None:
    load_public(inspection("1", "OAI"))
    load_public(inspection("1", "NAI"))

    with pytest.raises(Conflict, match="Load 2"):
        undo_public_records(1, reason="wrong file", by="operator", now=NOW)

    undo_public_records(2, reason="wrong file", by="operator", now=NOW)
    assert PublicRecord.objects.get().classification == "OAI"
    assert SourceRead.objects.count() == 1  # the first load read that day too
    assert PublicRecordVersion.objects.count() == 2


@committed
def test_uploaded_row_counts_again_when_its_public_twin_is_undone() -> None:
    team = make_team("alpha")
    with organization_scope(team.organization.pk, team.actor()):
        site = make_site(make_vendor(team.organization), fei=FEI)
        upload(team.actor(), inspection("1", "VAI"))
    load_public(inspection("1", "NAI"))

    def words() -> list[str]:
        with organization_scope(team.organization.pk, team.actor()):
            records = selectors.records_of_sites(team.organization, [site])[site.pk]
            return [record.classification for record in records]

    assert words() == ["NAI"]
    undo_public_records(1, reason="wrong file", by="operator", now=NOW)
    assert words() == ["VAI"]
