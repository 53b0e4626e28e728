"""Addresses of the pages of leads."""

from django.urls import path

from leads.views import campaigns, leads

app_name = "leads"

urlpatterns = [
    # Leads
    path("leads/", leads.leads, name="lead-list"),
    path("leads/new/", leads.lead_create, name="lead-create"),
    path("leads/<int:pk>/", leads.lead, name="lead-detail"),
    path("leads/<int:pk>/edit/", leads.lead_edit, name="lead-edit"),
    path("leads/<int:pk>/touchpoints/new/", leads.lead_touchpoint, name="lead-touchpoint"),
    # Campaigns and content
    path("campaigns/", campaigns.campaigns, name="campaign-list"),
    path("campaigns/new/", campaigns.campaign_create, name="campaign-create"),
    path("campaigns/<int:pk>/", campaigns.campaign, name="campaign-detail"),
    path("campaigns/<int:pk>/edit/", campaigns.campaign_edit, name="campaign-edit"),
    path("campaigns/<int:pk>/archive/", campaigns.campaign_archive, name="campaign-archive"),
    path("campaigns/<int:pk>/spend/", campaigns.spend_book, name="campaign-spend"),
    path("content/", campaigns.contents, name="content-list"),
    path("content/new/", campaigns.content_create, name="content-create"),
    path("content/<int:pk>/edit/", campaigns.content_edit, name="content-edit"),
]
