"""Addresses of the pages of sla."""

from django.urls import path

from sla.views import agreements, board, calendars, clocks

app_name = "sla"

urlpatterns = [
    # The board
    path("sla/", board.board, name="board"),
    path("sla/figure/", board.board_figure, name="board-figure"),
    path("sla/responses/figure/", board.response_figure_of, name="response-figure"),
    path("sla/records/<slug:kind>/", board.board_records, name="board-records"),
    # Clocks and breaches
    path("sla/clocks/", clocks.clocks, name="clock-list"),
    path("sla/clocks/<int:pk>/", clocks.clock, name="clock-detail"),
    path("sla/clocks/<int:pk>/pause/", clocks.clock_pause, name="clock-pause"),
    path("sla/clocks/<int:pk>/resume/", clocks.clock_resume, name="clock-resume"),
    path("sla/breaches/", clocks.breaches, name="breach-list"),
    path("sla/breaches/<int:pk>/contest/", clocks.breach_contest, name="breach-contest"),
    path("sla/breaches/<int:pk>/waive/", clocks.breach_waive, name="breach-waive"),
    # The agreement
    path("agreement/", agreements.agreement, name="agreement"),
    path("agreement/draft/", agreements.agreement_draft, name="agreement-draft"),
    path("agreement/versions/<int:pk>/", agreements.agreement_version, name="agreement-version"),
    path("agreement/versions/<int:pk>/edit/", agreements.agreement_edit, name="agreement-edit"),
    path("agreement/versions/<int:pk>/sign/", agreements.agreement_sign, name="agreement-sign"),
    path("agreement/versions/<int:pk>/discard/", agreements.agreement_discard, name="agreement-discard"),
    path("agreement/versions/<int:pk>/start/", agreements.agreement_start, name="agreement-start"),
    path("agreement/versions/<int:pk>/terminate/", agreements.agreement_terminate, name="agreement-terminate"),
    # Working calendars
    path("calendars/", calendars.calendars, name="calendar-list"),
    path("calendars/new/", calendars.calendar_create, name="calendar-create"),
    path("calendars/teams/<int:pk>/", calendars.team_calendar, name="team-calendar"),
    path("calendars/<int:pk>/edit/", calendars.calendar_edit, name="calendar-edit"),
]
