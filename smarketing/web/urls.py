"""Addresses of the frame itself."""

from django.urls import path

from smarketing.web import style, views

app_name = "web"
urlpatterns = [
    path("theme/", views.theme_choose, name="theme"),
    path("style/", style.style_page, name="style"),
    path("style/dialog/", style.style_dialog, name="style-dialog"),
    path("style/figure/", style.style_figure, name="style-figure"),
    path("style/answer/<str:kind>/", style.style_answer, name="style-answer"),
]
