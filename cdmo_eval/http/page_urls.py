"""Addresses of core's own pages."""

from django.urls import path

from cdmo_eval.core.policies import Permission
from cdmo_eval.http.context import NavigationItem, register_navigation
from cdmo_eval.http.pages import (
    audit,
    general,
    members,
    notifications,
    retention,
    search,
    settings,
    tokens,
    webhooks,
    who_has_access,
)
from cdmo_eval.http.search import PageEntry, register_pages

urlpatterns = [
    path("members/", members.member_list, name="members"),
    path("members/invite/", members.member_add, name="member_add"),
    path("members/<uuid:member_id>/", members.member_edit, name="member_edit"),
    path("members/<uuid:member_id>/end/", members.member_end, name="member_end"),
    path("members/<uuid:member_id>/link/", members.member_link, name="member_link"),
    path("tokens/", tokens.token_list, name="tokens"),
    path("tokens/create/", tokens.token_add, name="token_add"),
    path("tokens/<uuid:token_id>/revoke/", tokens.token_revoke, name="token_revoke"),
    path("webhooks/", webhooks.webhook_list, name="webhooks"),
    path("webhooks/add/", webhooks.webhook_add, name="webhook_add"),
    path("webhooks/<uuid:webhook_id>/", webhooks.webhook_detail, name="webhook"),
    path("webhooks/<uuid:webhook_id>/edit/", webhooks.webhook_edit, name="webhook_edit"),
    path("webhooks/<uuid:webhook_id>/switch/", webhooks.webhook_switch, name="webhook_switch"),
    path("webhooks/<uuid:webhook_id>/test/", webhooks.webhook_test, name="webhook_test"),
    path("webhooks/<uuid:webhook_id>/secret/", webhooks.webhook_secret, name="webhook_secret"),
    path("webhooks/<uuid:webhook_id>/archive/", webhooks.webhook_archive, name="webhook_archive"),
    path(
        "webhooks/<uuid:webhook_id>/messages/<uuid:delivery_id>/again/",
        webhooks.webhook_redeliver,
        name="webhook_redeliver",
    ),
    path("audit/", audit.trail, name="audit"),
    path("access/", who_has_access.report, name="access_report"),
    path("notifications/", notifications.notification_list, name="notifications"),
    path("notifications/read/", notifications.notifications_read, name="notifications_read"),
    path("notifications/settings/", notifications.notification_settings, name="notification_settings"),
    path("notifications/<uuid:notification_id>/", notifications.notification_open, name="notification_open"),
    path("retention/", retention.overview, name="retention"),
    path("retention/days/", retention.change, name="retention_change"),
    path("retention/holds/add/", retention.hold_add, name="hold_add"),
    path("retention/holds/<uuid:hold_id>/lift/", retention.hold_lift, name="hold_lift"),
    path("organization/", general.switch_organization, name="switch_organization"),
    path("search/", search.search_page, name="search"),
    path("settings/", settings.settings_page, name="settings"),
    path("help/", general.help_page, name="help"),
    path("status/", general.status, name="status"),
    path("styleguide/", general.styleguide, name="styleguide"),
]

register_navigation(
    NavigationItem("members", "Members", "members", order=90, permission=Permission.MANAGE_MEMBERS)
)
register_navigation(
    NavigationItem("webhooks", "Webhooks", "webhooks", order=93, permission=Permission.MANAGE_WEBHOOKS)
)
register_navigation(
    NavigationItem("audit", "Audit trail", "audit", order=80, permission=Permission.VIEW_AUDIT)
)
register_navigation(
    NavigationItem("retention", "Retention", "retention", order=94, permission=Permission.VIEW_AUDIT)
)
register_pages(
    PageEntry("Notifications", "notifications", "bell, news, alerts"),
    PageEntry(
        "How you are told", "notification_settings", "mail, digest, alerts", Permission.OWN_NOTIFICATIONS
    ),
    PageEntry("Settings", "settings", "preferences, theme, dark, keyboard, account, density"),
    PageEntry("Password", "account_change_password", "account"),
    PageEntry("Second factor", "mfa_index", "2fa, mfa, authenticator, recovery codes, account"),
    PageEntry("Where you are signed in", "usersessions_list", "sessions, account, sign out"),
    PageEntry("Access tokens", "tokens", "api key, integration", Permission.OWN_TOKENS),
    PageEntry("Access rights", "access_report", "who has access, roles", Permission.VIEW_AUDIT),
    PageEntry("Help", "help", "words, glossary, keys, shortcuts"),
    PageEntry("Status", "status", "uptime, works"),
)
