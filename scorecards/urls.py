"""Addresses of the pages of the scorecards app."""

from django.urls import include, path

from scorecards.views import (
    builder,
    candidate,
    candidate_edit,
    comparison,
    dashboard,
    decisions,
    evaluators,
    exchange_rates,
    exports,
    firmness,
    for_vendors,
    frameworks,
    history,
    jobs,
    method,
    preregistration,
    price_front,
    programs,
    proposals,
    questionnaire_copies,
    questionnaires,
    quick12,
    ranking,
    ratings,
    scoring_defaults,
    second_opinions,
    shortlists,
    snapshots,
    weight_sets,
)

scorecard_pages = [
    path("", builder.scorecard_list, name="list"),
    path("new/", builder.new, name="new"),
    path("for-vendors/", for_vendors.for_vendors, name="for_vendors"),
    path("<uuid:scorecard_id>/", ranking.ranking, name="ranking"),
    path("<uuid:scorecard_id>/status/", ranking.status, name="status"),
    path("<uuid:scorecard_id>/live.json", ranking.live, name="live"),
    path("<uuid:scorecard_id>/compare/", comparison.compare_page, name="compare"),
    path("<uuid:scorecard_id>/price/", price_front.price, name="price_front"),
    path("<uuid:scorecard_id>/history/", history.history, name="history"),
    path("<uuid:scorecard_id>/changes/", history.changes, name="changes"),
    path("<uuid:scorecard_id>/annual-review/", history.annual_review, name="annual_review"),
    path("vendors/<uuid:vendor_id>/", comparison.vendor_scores_page, name="vendor_scores"),
    path("<uuid:scorecard_id>/weights/", ranking.weights, name="weights"),
    path("<uuid:scorecard_id>/weights/confirm/", weight_sets.confirm, name="confirm_weights"),
    path("<uuid:scorecard_id>/weight-sets/", weight_sets.weight_sets, name="weight_sets"),
    path("<uuid:scorecard_id>/weight-sets/<uuid:set_id>/", weight_sets.weight_set, name="weight_set"),
    path(
        "<uuid:scorecard_id>/weight-sets/<uuid:set_id>/archive/",
        weight_sets.archive_set,
        name="archive_weight_set",
    ),
    path(
        "<uuid:scorecard_id>/weight-sets/<uuid:set_id>/in-force/",
        weight_sets.force_set,
        name="force_weight_set",
    ),
    path("<uuid:scorecard_id>/preregistration/", preregistration.preregistration, name="preregistration"),
    path("<uuid:scorecard_id>/second-opinions/", second_opinions.opinions, name="second_opinions"),
    path(
        "<uuid:scorecard_id>/criteria-set/<uuid:framework_id>/",
        frameworks.move,
        name="move",
    ),
    path("<uuid:scorecard_id>/frozen/", snapshots.frozen_list, name="frozen_list"),
    path("<uuid:scorecard_id>/frozen/<uuid:snapshot_id>/", snapshots.frozen, name="frozen"),
    path("<uuid:scorecard_id>/frozen/<uuid:snapshot_id>/file/", snapshots.frozen_file, name="frozen_file"),
    path("<uuid:scorecard_id>/evaluators/", evaluators.overview, name="evaluators"),
    path("<uuid:scorecard_id>/evaluators/invite/", evaluators.invite, name="invite"),
    path(
        "<uuid:scorecard_id>/evaluators/invitations/<uuid:invitation_id>/withdraw/",
        evaluators.withdraw,
        name="withdraw_invitation",
    ),
    path(
        "<uuid:scorecard_id>/evaluators/invitations/<uuid:invitation_id>/deadline/",
        evaluators.deadline,
        name="invitation_deadline",
    ),
    path(
        "<uuid:scorecard_id>/evaluators/<uuid:candidate_id>/<str:leaf>/", evaluators.cell, name="judged_cell"
    ),
    path("<uuid:scorecard_id>/pairs/", decisions.pairs, name="pairs"),
    path("<uuid:scorecard_id>/firmness/", firmness.firmness, name="firmness"),
    path("<uuid:scorecard_id>/firmness/simulation/", firmness.simulation, name="simulation"),
    path("<uuid:scorecard_id>/firmness/simulation/stop/", firmness.stop, name="stop_simulation"),
    path("<uuid:scorecard_id>/what-if/", firmness.if_changed, name="what_if"),
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
        candidate_edit.supply_map,
        name="supply_map",
    ),
    path(
        "<uuid:scorecard_id>/candidates/<uuid:candidate_id>/details/",
        candidate_edit.details,
        name="candidate_details",
    ),
    path(
        "<uuid:scorecard_id>/candidates/<uuid:candidate_id>/another/",
        candidate_edit.another,
        name="another_offer",
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
criteria_pages = [
    path("", frameworks.sets, name="list"),
    path("<uuid:framework_id>/", frameworks.one, name="one"),
    path("<uuid:framework_id>/copy/", frameworks.copy, name="copy"),
    path("<uuid:framework_id>/name/", frameworks.name, name="name"),
    path("<uuid:framework_id>/groups/<str:group>/", frameworks.group, name="group"),
    path("<uuid:framework_id>/criteria/<str:criterion>/", frameworks.criterion, name="criterion"),
    path("<uuid:framework_id>/preview/", frameworks.preview, name="preview"),
    path("<uuid:framework_id>/publish/", frameworks.publish, name="publish"),
    path("<uuid:framework_id>/discard/", frameworks.discard, name="discard"),
]
program_pages = [
    path("", programs.program_list, name="list"),
    path("new/", programs.new, name="new"),
    path("<uuid:program_id>/", programs.edit, name="edit"),
    path("<uuid:program_id>/archive/", programs.archive, name="archive"),
    path("<uuid:program_id>/proposals/", proposals.comparison, name="proposals"),
    path("<uuid:program_id>/proposals/new/", proposals.new, name="new_proposal"),
]
proposal_pages = [
    path("", proposals.overview, name="overview"),
    path("<uuid:proposal_id>/", proposals.one, name="one"),
    path("<uuid:proposal_id>/revise/", proposals.revise, name="revise"),
    path("<uuid:proposal_id>/withdraw/", proposals.withdraw, name="withdraw"),
]
rating_pages = [
    path("", ratings.mine, name="list"),
    path("<uuid:invitation_id>/", ratings.sheet, name="sheet"),
    path("<uuid:invitation_id>/submit/", ratings.submit, name="submit"),
    path("<uuid:invitation_id>/sheet.xlsx", ratings.download, name="download"),
    path("<uuid:invitation_id>/upload/", ratings.upload, name="upload"),
    path("<uuid:invitation_id>/keep/", ratings.keep, name="keep"),
    path("<uuid:invitation_id>/vendors/<uuid:candidate_id>/", ratings.rate, name="rate"),
]
export_pages = [
    path("", exports.export_rows, name="list"),
    path("new/", exports.new, name="new"),
    path("<uuid:export_id>/", exports.one, name="one"),
    path("<uuid:export_id>/file/", exports.download, name="file"),
    path("<uuid:export_id>/stop/", exports.stop, name="stop"),
]
questionnaire_pages = [
    path("", questionnaires.rounds, name="list"),
    path("new/", questionnaires.new, name="new"),
    path("<uuid:questionnaire_id>/", questionnaires.one, name="one"),
    path("<uuid:questionnaire_id>/edit/", questionnaires.edit, name="edit"),
    path("<uuid:questionnaire_id>/send/", questionnaires.send, name="send"),
    path("<uuid:questionnaire_id>/discard/", questionnaires.discard, name="discard"),
    path("<uuid:questionnaire_id>/close/", questionnaires.close, name="close"),
    path("<uuid:questionnaire_id>/next-round/", questionnaires.follow, name="next_round"),
    path("<uuid:questionnaire_id>/vendors/<uuid:copy_id>/", questionnaire_copies.one, name="copy"),
    path(
        "<uuid:questionnaire_id>/vendors/<uuid:copy_id>/sheet.xlsx",
        questionnaire_copies.download,
        name="download",
    ),
    path(
        "<uuid:questionnaire_id>/vendors/<uuid:copy_id>/upload/", questionnaire_copies.upload, name="upload"
    ),
    path(
        "<uuid:questionnaire_id>/vendors/<uuid:copy_id>/change/", questionnaire_copies.change, name="change"
    ),
    path(
        "<uuid:questionnaire_id>/vendors/<uuid:copy_id>/withdraw/",
        questionnaire_copies.withdraw,
        name="withdraw",
    ),
    path(
        "<uuid:questionnaire_id>/vendors/<uuid:copy_id>/review/", questionnaire_copies.review, name="review"
    ),
    path(
        "<uuid:questionnaire_id>/vendors/<uuid:copy_id>/questions/<uuid:item_id>/",
        questionnaire_copies.answer,
        name="answer",
    ),
]
shortlist_pages = [
    path("", shortlists.shortlists, name="list"),
    path("new/", shortlists.new, name="new"),
    path("<uuid:shortlist_id>/", shortlists.shortlist, name="one"),
    path("<uuid:shortlist_id>/details/", shortlists.details, name="details"),
    path("<uuid:shortlist_id>/candidates/<uuid:entry_id>/", shortlists.entry, name="entry"),
    path("<uuid:shortlist_id>/comments/", shortlists.remarks, name="remarks"),
    path("<uuid:shortlist_id>/interests/", shortlists.interests, name="interests"),
    path("<uuid:shortlist_id>/archive/", shortlists.archive, name="archive"),
    path("<uuid:shortlist_id>/decision/", decisions.decision, name="decision"),
    path("<uuid:shortlist_id>/decision/choice/", decisions.choose, name="choose"),
    path("<uuid:shortlist_id>/decision/new-edition/", decisions.new_edition, name="new_edition"),
    path("<uuid:shortlist_id>/decision/sign/<str:meaning>/", decisions.sign, name="sign"),
]
urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("method/", method.method, name="method"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<uuid:job_id>/", jobs.job, name="job"),
    path("scorecards/", include((scorecard_pages, "scorecards"))),
    path("programmes/", include((program_pages, "programs"))),
    path("proposals/", include((proposal_pages, "proposals"))),
    path("exchange-rates/", exchange_rates.rates, name="exchange_rates"),
    path("exchange-rates/<uuid:rate_id>/withdraw/", exchange_rates.withdraw, name="exchange_rate_withdraw"),
    path("shortlists/", include((shortlist_pages, "shortlists"))),
    path("criteria-sets/", include((criteria_pages, "criteria"))),
    path("settings/scoring/", scoring_defaults.defaults, name="scoring_defaults"),
    path("ratings/", include((rating_pages, "ratings"))),
    path("questionnaires/", include((questionnaire_pages, "questionnaires"))),
    path("exports/", include((export_pages, "exports"))),
]
