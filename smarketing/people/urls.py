"""Addresses of the pages of people."""

from django.urls import path

from smarketing.people.views import joining, organisation, own, people

app_name = "people"

urlpatterns = [
    path("people/", people.person_list, name="person-list"),
    path("people/invite/", people.person_invite, name="person-invite"),
    path("people/<int:pk>/", people.person_page, name="person-detail"),
    path("people/<int:pk>/rights/", people.person_rights, name="person-rights"),
    path("people/<int:pk>/email/", people.person_email, name="person-email"),
    path("people/<int:pk>/deactivate/", people.person_deactivate, name="person-deactivate"),
    path("people/<int:pk>/reactivate/", people.person_reactivate, name="person-reactivate"),
    path("people/<int:pk>/invite-again/", people.person_invite_again, name="person-invite-again"),
    path("people/<int:pk>/memberships/", people.membership_set, name="membership-set"),
    path("people/<int:pk>/memberships/<int:team_pk>/remove/", people.membership_remove, name="membership-remove"),
    path("teams/", organisation.team_list, name="team-list"),
    path("teams/new/", organisation.team_create, name="team-create"),
    path("teams/<int:pk>/", organisation.team_edit, name="team-edit"),
    path("organisation/", organisation.organisation, name="organisation"),
    path("audit/", organisation.audit, name="audit"),
    path("profile/", own.profile, name="profile"),
    path("profile/email/", own.email, name="email"),
    path("tokens/", own.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke/", own.token_revoke, name="token-revoke"),
    path("invitation/<str:token>/", joining.invitation, name="invitation"),
    path("email/<str:token>/", joining.email_confirm, name="email-confirm"),
    path("first-admin/<str:token>/", joining.first_admin, name="first-admin"),
]
