"""Addresses of the pages of leads."""

from django.urls import path

from leads.views import campaigns, deals, definitions, exports, handoffs, imports, leads, reasons

app_name = "leads"

urlpatterns = [
    # Leads
    path("leads/", leads.leads, name="lead-list"),
    path("leads/export/", exports.lead_export, name="lead-export"),
    path("leads/new/", leads.lead_create, name="lead-create"),
    path("leads/<int:pk>/", leads.lead, name="lead-detail"),
    path("leads/<int:pk>/edit/", leads.lead_edit, name="lead-edit"),
    path("leads/<int:pk>/touchpoints/new/", leads.lead_touchpoint, name="lead-touchpoint"),
    # Imports
    path("imports/", imports.imports, name="import-list"),
    path("imports/new/", imports.import_upload, name="import-upload"),
    path("imports/<int:pk>/", imports.import_detail, name="import-detail"),
    path("imports/<int:pk>/preview/", imports.import_preview, name="import-preview"),
    path("imports/<int:pk>/start/", imports.import_start, name="import-start"),
    path("imports/<int:pk>/cancel/", imports.import_cancel, name="import-cancel"),
    path("imports/<int:pk>/rejects.csv", imports.import_rejects, name="import-rejects"),
    # Campaigns and content
    path("campaigns/", campaigns.campaigns, name="campaign-list"),
    path("campaigns/new/", campaigns.campaign_create, name="campaign-create"),
    path("campaigns/<int:pk>/", campaigns.campaign, name="campaign-detail"),
    path("campaigns/<int:pk>/edit/", campaigns.campaign_edit, name="campaign-edit"),
    path("campaigns/<int:pk>/archive/", campaigns.campaign_archive, name="campaign-archive"),
    path("campaigns/<int:pk>/spend/", campaigns.spend_book, name="campaign-spend"),
    path("spend/<int:pk>/remove/", campaigns.spend_remove, name="spend-remove"),
    path("content/", campaigns.contents, name="content-list"),
    path("content/new/", campaigns.content_create, name="content-create"),
    path("content/<int:pk>/edit/", campaigns.content_edit, name="content-edit"),
    # Handoffs
    path("inbox/", handoffs.inbox, name="inbox"),
    path("handoffs/", handoffs.handoffs, name="handoff-list"),
    path("handoffs/new/", handoffs.handoff_create, name="handoff-create"),
    path("handoffs/<int:pk>/", handoffs.handoff, name="handoff-detail"),
    path("handoffs/<int:pk>/accept/", handoffs.handoff_accept, name="handoff-accept"),
    path("handoffs/<int:pk>/reject/", handoffs.handoff_reject, name="handoff-reject"),
    path("handoffs/<int:pk>/return/", handoffs.handoff_return, name="handoff-return"),
    path("handoffs/<int:pk>/withdraw/", handoffs.handoff_withdraw, name="handoff-withdraw"),
    path("handoffs/<int:pk>/reassign/", handoffs.handoff_reassign, name="handoff-reassign"),
    path("handoffs/<int:pk>/answer/", handoffs.handoff_answer, name="handoff-answer"),
    path("handoffs/<int:pk>/qualify/", handoffs.handoff_qualify, name="handoff-qualify"),
    path("handoffs/<int:pk>/attempt/", handoffs.handoff_attempt, name="handoff-attempt"),
    path("handoffs/<int:pk>/feedback/", handoffs.handoff_feedback, name="handoff-feedback"),
    # Deals
    path("deals/", deals.board, name="deal-board"),
    path("deals/list/", deals.deals, name="deal-list"),
    path("deals/new/", deals.deal_create, name="deal-create"),
    path("deals/<int:pk>/", deals.deal, name="deal-detail"),
    path("deals/<int:pk>/edit/", deals.deal_edit, name="deal-edit"),
    path("deals/<int:pk>/move/", deals.deal_move, name="deal-move"),
    path("deals/<int:pk>/win/", deals.deal_win, name="deal-win"),
    path("deals/<int:pk>/lose/", deals.deal_lose, name="deal-lose"),
    # Definitions and scoring
    path("definitions/", definitions.definitions, name="definition-list"),
    path("definitions/<str:stage>/", definitions.definition, name="definition-detail"),
    path("definitions/<str:stage>/draft/", definitions.definition_draft, name="definition-draft"),
    path("definitions/versions/<int:pk>/leads/", definitions.definition_leads, name="definition-leads"),
    path("definitions/versions/<int:pk>/sign/", definitions.definition_sign, name="definition-sign"),
    path("definitions/versions/<int:pk>/discard/", definitions.definition_discard, name="definition-discard"),
    # The agreed lists of reasons
    path("reasons/", reasons.reasons, name="reason-list"),
    path("reasons/<str:kind>/new/", reasons.reason_add, name="reason-add"),
    path("reasons/<str:kind>/<int:pk>/edit/", reasons.reason_edit, name="reason-edit"),
    path("reasons/<str:kind>/<int:pk>/place/", reasons.reason_place, name="reason-place"),
    path("reasons/<str:kind>/<int:pk>/retire/", reasons.reason_retire, name="reason-retire"),
    path("reasons/<str:kind>/<int:pk>/take-up/", reasons.reason_take_up, name="reason-take-up"),
    path("scoring/", definitions.score_model, name="score-model"),
]
