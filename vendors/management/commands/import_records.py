"""Import a file of any kind that the pages take: checked, shown, loaded, undone by the same services."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from cdmo_eval.core.errors import DomainError
from cdmo_eval.core.models import Organization
from cdmo_eval.core.organizations import OPERATOR
from cdmo_eval.core.policies import Actor, system_actor
from cdmo_eval.core.tenancy import organization_scope
from vendors.imports import uploads
from vendors.imports.kinds import own_kinds
from vendors.management.options import column_of_field
from vendors.management.organizations import organization_called
from vendors.models import UploadedLoad

_SHOWN = 50


class Command(BaseCommand):
    """All rows or none, unless --only-valid; every load has a number, by which --undo takes it back."""

    help = (
        "Import a CSV or XLSX file of one of our own kinds: contacts, evidence, proposals, rates and so on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        codes = [kind.code for kind in own_kinds().values() if not kind.private]
        parser.add_argument("kind", nargs="?", choices=codes, metavar="KIND", help=", ".join(codes))
        parser.add_argument("file", type=Path, nargs="?")
        parser.add_argument("--organization", metavar="SLUG", required=True)
        parser.add_argument(
            "--map", type=column_of_field, action="append", default=[], metavar="COLUMN=FIELD",
            help="what a column with another name is; may be repeated",
        )  # fmt: skip
        parser.add_argument(
            "--only-mapped", action="store_true", help="leave out every column that is neither mapped nor a field"
        )  # fmt: skip
        parser.add_argument(
            "--sheet", default="", help="sheet of a workbook; the first visible one when left out"
        )
        parser.add_argument(
            "--only-valid", action="store_true", help="load the rows without errors, leave out the others"
        )
        parser.add_argument("--dry-run", action="store_true", help="check and show the changes, load nothing")
        parser.add_argument(
            "--undo", type=int, metavar="LOAD", help="take the load of this number back instead"
        )
        parser.add_argument("--reason", default="taken back by the operator", help="why it is taken back")

    def handle(self, **options: Any) -> None:
        """Run."""
        organization = organization_called(options["organization"])
        actor = system_actor(organization, OPERATOR)
        try:
            if options["undo"] is not None:
                self._undo(organization, actor, options)
            elif options["kind"] is None or options["file"] is None:
                raise CommandError("Give a KIND and a file, or --undo LOAD.")
            elif not options["file"].is_file():
                raise CommandError(f"There is no file {options['file']}.")
            else:
                self._import(organization, actor, options)
        except DomainError as error:
            raise CommandError(f"Nothing was written. {error.message}") from error

    def _undo(self, organization: Organization, actor: Actor, options: dict[str, Any]) -> None:
        number = options["undo"]
        load = uploads.undo_numbered_upload(
            number, organization=organization, reason=options["reason"], by=actor, now=timezone.now()
        )
        self.stdout.write(f"Undone: load {number}, {load.file_name}.")

    def _import(self, organization: Organization, actor: Actor, options: dict[str, Any]) -> None:
        now = timezone.now()
        with (
            organization_scope(organization.pk, actor),
            transaction.atomic(),
            options["file"].open("rb") as content,
        ):
            load = uploads.check_upload(
                organization=organization, kind=options["kind"], content=content, name=options["file"].name, by=actor, now=now,
                sheet=options["sheet"], mapping=dict(options["map"]), only_mapped=options["only_mapped"],
            )  # fmt: skip
            if options["dry_run"]:
                self._preview(load)
                uploads.discard_upload(load=load, by=actor)
                return
            if load.counts.get("errors") and not options["only_valid"]:
                lines = self._errors(load)
                raise CommandError("\n".join([f"Nothing was written. {load.file_name} has errors:", *lines]))
            load = uploads.commit_upload(load=load, by=actor, now=now, only_valid=options["only_valid"])
        self.stdout.write(f"Imported {load.file_name} as load {load.position}: {self._counts(load)}")

    def _preview(self, load: UploadedLoad) -> None:
        for shown in load.findings["preview"][:_SHOWN]:
            self.stdout.write(f"  row {shown['row']}: {shown['name']} ({shown['state']})")
            for value in shown["values"]:
                self.stdout.write(f"    {value['field']}: {value['old'] or 'unknown'} → {value['new']}")
        if load.findings["objects"] > _SHOWN:
            self.stdout.write(f"  and {load.findings['objects'] - _SHOWN} more")
        for line in self._errors(load):
            self.stdout.write(line)
        self.stdout.write(f"Dry run, nothing written: {load.file_name}: {self._counts(load)}")

    @staticmethod
    def _errors(load: UploadedLoad) -> list[str]:
        groups = load.findings["groups"]
        lines = [
            f"  {': '.join(filter(None, (group['title'], group['column'], group['message'])))} ({group['rows']} rows)"
            for group in groups[:_SHOWN]
        ]
        return (
            [*lines, f"  and {len(groups) - _SHOWN} more kinds of error"] if len(groups) > _SHOWN else lines
        )

    @staticmethod
    def _counts(load: UploadedLoad) -> str:
        words = (
            ("read", "rows"),
            ("new", "new"),
            ("changed", "changed"),
            ("unchanged", "unchanged"),
            ("errors", "errors"),
        )
        return ", ".join(f"{load.counts.get(name, 0)} {word}" for name, word in words)
