"""Every address of the product, asked by every kind of caller, without leaving a trace.

Routes come from the URL resolver, so a new one is asked without anybody remembering it. Requests are made inside a
savepoint that is rolled back: one data set serves them all.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from cdmo_eval.core.ids import new_public_id
from cdmo_eval.core.roles import Role
from tests.support.world import World

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
THIRD_PARTY = "accounts/"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"

# Arguments of addresses → the row they name; `id` and `row_id` follow from the view.
ARGUMENTS = {
    "alias_id": "vendoralias",
    "attestation_id": "sectionattestation",
    "candidate_id": "candidate",
    "capability_id": "capability",
    "certificate_id": "certificate",
    "copy_id": "questionnairecopy",
    "contact_id": "contact",
    "evidence_id": "evidence",
    "export_id": "export",
    "framework_id": "framework",
    "hold_id": "legalhold",
    "file_id": "storedfile",
    "invitation_id": "invitation",
    "item_id": "questionnaireitem",
    "import_id": "uploadedload",
    "job_id": "job",
    "load_id": "publicload",
    "match_id": "recordmatch",
    "member_id": "membership",
    "note_id": "note",
    "other_id": "partner",
    "notification_id": "notification",
    "program_id": "program",
    "proposal_id": "proposal",
    "qualification_id": "qualification",
    "questionnaire_id": "questionnaire",
    "rate_id": "exchangerate",
    "run_id": "run",
    "scorecard_id": "scorecard",
    "screen_id": "listscreen",
    "service_id": "serviceoffering",
    "set_id": "weightset",
    "shortlist_id": "shortlist",
    "entry_id": "shortlistitem",
    "site_id": "site",
    "snapshot_id": "snapshot",
    "token_id": "apitoken",
    "vendor_id": "vendor",
    "view_id": "savedview",
    "waiver_id": "gatewaiver",
    "webhook_id": "webhookendpoint",
    "delivery_id": "webhookdelivery",
}
KINDS = {"service": "serviceoffering", "result": "candidate"}
"""Rows that go by another name in an address than in a World."""
PUBLIC = {"publicload"}
"""Rows that belong to nobody: every organisation reads them."""
WORDS = {
    "leaf": "SVC3",
    "criterion": "MOD1",
    "group": "MOD",
    "system": "erp",
    "code": "A",
    "format": "csv",
    "kind": "csv",
    "slug:kind": "sites",
    "meaning": "authored",
}
"""Arguments that are words, with one that is understood."""


@dataclass(frozen=True)
class Route:
    """One address: its pattern as written in the URL configuration, and the view behind it."""

    pattern: str
    url: URLPattern = field(compare=False, repr=False)

    @property
    def is_api(self) -> bool:
        """Whether programs, not people, call it."""
        return self.pattern.startswith("api/")

    @property
    def is_public(self) -> bool:
        """Whether it answers anybody: health, metrics, the documents of the interface, sign-in."""
        return self.pattern.startswith(("health/", "metrics", "api/schema/", "api/docs/", THIRD_PARTY))

    @cached_property
    def converters(self) -> dict[str, str]:
        """Argument → kind of converter ("uuid")."""
        found = {}
        for part in self.pattern.split("<")[1:]:
            kind, _, name = part.partition(">")[0].rpartition(":")
            found[name] = kind or "str"
        return found

    @property
    def ids(self) -> list[str]:
        """Arguments that name rows."""
        return [name for name in self.converters if name not in WORDS]

    def named_by(self, method: str) -> list[str]:
        """Arguments that name a row which must be there: not the id that an upsert gives to a new one."""
        upsert = method == "PUT" and "by-external-id" in self.pattern
        named = [name for name in self.converters if name == "value" or name in self.ids]
        return (
            []
            if upsert
            else [name for name in named if name == "value" or self.row_named(name) not in PUBLIC]
        )

    def row_named(self, argument: str) -> str:
        """The name of the row in a World that an argument stands for."""
        extra = self.url.default_args.get("kind", "")
        if argument == "row_id" and extra:
            return KINDS.get(extra, extra)
        if argument == "id":
            view = getattr(self.url.callback, "cls", None)
            model = getattr(view, "model", None)
            name = str(model.__name__).lower()
            return KINDS.get(name, name)
        return ARGUMENTS[argument]

    def address(self, world: World | None, **others: World | None) -> str:
        """The address with the ids of a world's rows (None: ids of nothing); `others` for single arguments."""
        text = "/" + self.pattern
        for name, kind in self.converters.items():
            owner = others.get(name, world)
            if name == "value":
                kind_of = self.pattern.split("/")[2].removesuffix("s")
                value = owner.external_ids[kind_of] if owner else "nothing"
            elif name in WORDS:
                value = WORDS.get(f"{kind}:{name}", WORDS[name])
            elif owner is None:
                value = str(new_public_id())
            else:
                value = owner.id_of(self.row_named(name))
            text = text.replace(f"<{kind}:{name}>", value)
        return text


def routes() -> list[Route]:
    """All routes, in the order of the URL configuration."""
    return list(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: Any, prefix: str) -> Iterator[Route]:
    for entry in patterns:
        here = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, here)
        else:
            yield Route(here, entry)


@dataclass(frozen=True)
class Answer:
    """What came back: status, body, and where it leads."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Field and code of each error of a problem document."""
        if "problem+json" not in self.headers.get("Content-Type", ""):
            return []
        return [(error["field"], error["code"]) for error in json.loads(self.body)["errors"]]

    @property
    def outcome(self) -> str:
        """in (the caller may), no (may not), sign in, missing (404), 405, or fault."""
        if self.status >= 500:
            return "fault"
        if self.status in {301, 302, 303} and "/accounts/login/" in self.headers.get("Location", ""):
            return "sign in"
        return {401: "sign in", 403: "no", 404: "missing", 405: "405"}.get(self.status, "in")


@dataclass
class Caller:
    """Somebody, or some program, with whatever proves who it is."""

    name: str
    client: Client
    token: str = ""

    def ask(
        self, method: str, address: str, data: Any = None, *, api: bool, undo: bool = True, **headers: str
    ) -> Answer:
        """One request whose writes are undone, unless the caller of this method does so."""
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        call: Callable[..., HttpResponse] = getattr(self.client, method.lower())
        kwargs: dict[str, Any] = {"headers": sent | headers}
        if method not in {"GET", "HEAD", "OPTIONS"}:
            kwargs["data"] = data if data is not None else {}
            if api:
                kwargs["content_type"] = "application/json"
        with transaction.atomic():
            response = call(address, **kwargs)
            body = response.getvalue() if response.streaming else response.content
            if undo:
                transaction.set_rollback(True)
        return Answer(response.status_code, body, dict(response.headers))


def signed_in(world: World, role: Role, name: str = "") -> Caller:
    """A member with a session of their own."""
    client = Client(raise_request_exception=False)
    client.force_login(world.team.members[role], backend=BACKEND)
    session = client.session
    session["signed_in_at"] = session["seen_at"] = int(
        time.time()
    )  # else each undone request writes them anew
    session.save()
    return Caller(name or role.value, client)


def with_token(world: World, name: str) -> Caller:
    """A program with one of the world's tokens."""
    return Caller(name, Client(raise_request_exception=False), world.tokens[name])


def callers(ours: World, theirs: World) -> dict[str, Caller]:
    """Every kind of actor."""
    found = [Caller("anonymous", Client(raise_request_exception=False))]
    found += [signed_in(ours, role) for role in Role]
    found += [with_token(ours, name) for name in ("token", "narrow", "expired", "revoked")]
    found += [signed_in(theirs, Role.ADMIN, "outsider"), signed_in(theirs, Role.MANAGER, "rival")]
    return {caller.name: caller for caller in found}
