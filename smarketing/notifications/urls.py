"""Addresses of the bell and its list."""

from django.urls import path

from smarketing.notifications import views

app_name = "notifications"

urlpatterns = [
    path("notifications/", views.notification_list, name="list"),
    path("notifications/bell/", views.bell, name="bell"),
    path("notifications/read/", views.notifications_read, name="read-all"),
    path("notifications/<int:pk>/open/", views.notification_open, name="open"),
]
