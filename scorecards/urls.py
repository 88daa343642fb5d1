"""Addresses of the pages of the scorecards app."""

from django.urls import include, path

from scorecards.views import builder, candidate, dashboard, exports, jobs, method, programs, quick12, ranking

scorecard_pages = [
    path("", builder.scorecard_list, name="list"),
    path("new/", builder.new, name="new"),
    path("<uuid:scorecard_id>/", ranking.ranking, name="ranking"),
    path("<uuid:scorecard_id>/status/", ranking.status, name="status"),
    path("<uuid:scorecard_id>/weights/", ranking.weights, name="weights"),
    path("<uuid:scorecard_id>/recompute/", ranking.recompute, name="recompute"),
    path("<uuid:scorecard_id>/archive/", builder.archive, name="archive"),
    path("<uuid:scorecard_id>/export.<str:format>", exports.export_ranking, name="export_ranking"),
    path("<uuid:scorecard_id>/build/", builder.start, name="start_step"),
    path("<uuid:scorecard_id>/build/weights/", builder.weights, name="weights_step"),
    path("<uuid:scorecard_id>/build/must-haves/", builder.must_haves, name="must_haves_step"),
    path("<uuid:scorecard_id>/build/vendors/", builder.vendors, name="vendors_step"),
    path("<uuid:scorecard_id>/build/rules/", builder.rules, name="rules_step"),
    path("<uuid:scorecard_id>/questions/", quick12.overview, name="questions"),
    path("<uuid:scorecard_id>/questions/<uuid:candidate_id>/", quick12.answer, name="quick12"),
    path("<uuid:scorecard_id>/candidates/<uuid:candidate_id>/", candidate.candidate, name="candidate"),
    path(
        "<uuid:scorecard_id>/candidates/<uuid:candidate_id>/supply-map/",
        candidate.supply_map,
        name="supply_map",
    ),
    path(
        "<uuid:scorecard_id>/candidates/<uuid:candidate_id>/waivers/", candidate.ask_waiver, name="ask_waiver"
    ),
    path(
        "<uuid:scorecard_id>/candidates/<uuid:candidate_id>/waivers/<uuid:waiver_id>/",
        candidate.decide_waiver,
        name="decide_waiver",
    ),
]
program_pages = [
    path("", programs.program_list, name="list"),
    path("new/", programs.new, name="new"),
    path("<uuid:program_id>/", programs.edit, name="edit"),
    path("<uuid:program_id>/archive/", programs.archive, name="archive"),
]
urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("method/", method.method, name="method"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<uuid:job_id>/", jobs.job, name="job"),
    path("scorecards/", include((scorecard_pages, "scorecards"))),
    path("programmes/", include((program_pages, "programs"))),
]
