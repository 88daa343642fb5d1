"""Addresses of core's own pages."""

from django.urls import path

from cdmo_eval.core.policies import Permission
from cdmo_eval.http.context import NavigationItem, register_navigation
from cdmo_eval.http.pages import audit, general, members, tokens

urlpatterns = [
    path("members/", members.member_list, name="members"),
    path("members/invite/", members.member_add, name="member_add"),
    path("members/<uuid:member_id>/", members.member_edit, name="member_edit"),
    path("members/<uuid:member_id>/end/", members.member_end, name="member_end"),
    path("members/<uuid:member_id>/link/", members.member_link, name="member_link"),
    path("tokens/", tokens.token_list, name="tokens"),
    path("tokens/create/", tokens.token_add, name="token_add"),
    path("tokens/<uuid:token_id>/revoke/", tokens.token_revoke, name="token_revoke"),
    path("audit/", audit.trail, name="audit"),
    path("organization/", general.switch_organization, name="switch_organization"),
    path("help/", general.help_page, name="help"),
    path("status/", general.status, name="status"),
    path("styleguide/", general.styleguide, name="styleguide"),
]

register_navigation(
    NavigationItem("members", "Members", "members", order=90, permission=Permission.MANAGE_MEMBERS)
)
register_navigation(
    NavigationItem("audit", "Audit trail", "audit", order=80, permission=Permission.VIEW_AUDIT)
)
