"""Addresses of the pages of meetings."""

from django.urls import path

from meetings.views import actions, meetings, series

app_name = "meetings"

urlpatterns = [
    path("meetings/", series.meetings, name="meeting-list"),
    path("meetings/series/new/", series.series_create, name="series-create"),
    path("meetings/series/<int:pk>/", series.series, name="series-detail"),
    path("meetings/series/<int:pk>/edit/", series.series_edit, name="series-edit"),
    path("meetings/series/<int:pk>/archive/", series.series_archive, name="series-archive"),
    path("meetings/series/<int:pk>/plan/", series.series_plan, name="series-plan"),
    path("meetings/<int:pk>/", meetings.meeting, name="meeting-detail"),
    path("meetings/<int:pk>/open/", meetings.meeting_open, name="meeting-open"),
    path("meetings/<int:pk>/close/", meetings.meeting_close, name="meeting-close"),
    path("meetings/<int:pk>/reopen/", meetings.meeting_reopen, name="meeting-reopen"),
    path("meetings/<int:pk>/next/", meetings.meeting_next, name="meeting-next"),
    path("meetings/<int:pk>/read/", meetings.meeting_read, name="meeting-read"),
    path("meetings/<int:pk>/minutes/", meetings.minutes, name="minutes"),
    path("meetings/<int:pk>/topics/new/", meetings.topic_create, name="topic-create"),
    path("meetings/topics/<int:pk>/notes/", meetings.topic_note, name="topic-note"),
    path("meetings/topics/<int:pk>/take-back/", meetings.topic_take_back, name="topic-take-back"),
    path("meetings/notes/<int:pk>/take-back/", meetings.note_take_back, name="note-take-back"),
    path("meetings/decisions/<int:pk>/take-back/", meetings.decision_take_back, name="decision-take-back"),
    path("meetings/actions/<int:pk>/take-back/", meetings.action_take_back, name="action-take-back"),
    path("meetings/topics/<int:pk>/tick/", meetings.topic_tick, name="topic-tick"),
    path("meetings/topics/<int:pk>/decide/", meetings.topic_decide, name="topic-decide"),
    path("meetings/topics/<int:pk>/action/", meetings.topic_action, name="topic-action"),
    path("meetings/decisions/<int:pk>/draft/", meetings.decision_draft, name="decision-draft"),
    path("meetings/evidence/<int:pk>/", meetings.evidence, name="evidence-detail"),
    path("meetings/actions/", actions.actions, name="action-list"),
    path("meetings/actions/<int:pk>/complete/", actions.action_complete, name="action-complete"),
]
