"""The registry of what can be gone to."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import RequestFactory

from smarketing.accounts.models import User
from smarketing.accounts.permissions import is_admin, is_rep
from smarketing.web import navigation
from smarketing.web.navigation import Count, NavItem, Shell, Waiting, check_items_lead_somewhere, register

STYLE = NavItem("Style", "web:style", "palette", section="Administration", visible=is_admin)
DIALOG = NavItem(
    "Dialog", "web:style-dialog", "square", order=20, visible=is_rep, badge=lambda user: Count(3, "broken"), tab=2
)
FIGURE = NavItem(
    "Figure", "web:style-figure", "chart-line", order=10, badge=lambda user: 7, tab=1, also=("leads:content-list",)
)


@pytest.fixture(autouse=True)
def only_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_items", {})
    register(STYLE, DIALOG, FIGURE)


def shell(user: User | SimpleNamespace, path: str = "/") -> Shell:
    request = RequestFactory().get(path)
    request.user = user
    return Shell(request)


def labels(user: User) -> list[tuple[str, list[str]]]:
    return [(section.title, [link.label for link in section.items]) for section in shell(user).sections]


def test_sections_hold_what_the_role_permits_in_order(rep: User, admin: User) -> None:
    assert labels(rep) == [("", ["Figure", "Dialog"])]
    assert labels(admin) == [("", ["Figure"]), ("Administration", ["Style"])]


def test_nobody_sees_anything_before_signing_in() -> None:
    assert shell(SimpleNamespace(is_authenticated=False)).sections == []


def test_counts_and_tabs(rep: User) -> None:
    assert [(tab.label, tab.count, tab.tone) for tab in shell(rep).tabs] == [("Figure", 7, ""), ("Dialog", 3, "broken")]


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/style/dialog/", ["Dialog"]),
        ("/style/dialog/7/", ["Dialog"]),
        ("/style/", ["Style"]),
        ("/styles/", []),
        ("/style/x/", ["Style"]),
        ("/content/7/edit/", ["Figure"]),
    ],
)
def test_the_nearest_page_above_is_current(rep: User, path: str, current: list[str]) -> None:
    rep.is_admin = True
    links = [link for section in shell(rep, path).sections for link in section.items]
    assert [link.label for link in links if link.current] == current


def test_an_item_may_be_registered_again_only_as_it_is() -> None:
    register(STYLE)
    with pytest.raises(ValueError, match="registered twice"):
        register(NavItem("Other", "web:style", "palette"))


def test_an_item_stands_in_a_known_section() -> None:
    with pytest.raises(ValueError, match="no section"):
        register(NavItem("Other", "web:theme", "palette", section="Elsewhere"))


def test_an_item_without_an_address_stops_the_start() -> None:
    assert check_items_lead_somewhere() == []
    register(NavItem("Nowhere", "web:nowhere", "x"))
    assert [(error.id, "web:nowhere" in error.msg) for error in check_items_lead_somewhere()] == [
        ("smarketing.E101", True)
    ]


def test_what_waits_is_counted_in_one_query(rep: User, teammate: User, django_assert_num_queries: Any) -> None:
    register(
        NavItem("All", "web:theme", "users", badge=lambda user: Waiting(User.objects.all(), "risk")),
        NavItem("Own", "search", "user", badge=lambda user: Waiting(User.objects.filter(pk=user.pk))),
        NavItem("None", "home", "x", badge=lambda user: Waiting(User.objects.none())),
    )
    assert rep.roles
    with django_assert_num_queries(1):
        found = {link.label: (link.count, link.tone) for section in shell(rep).sections for link in section.items}
    assert found == {
        "All": (User.objects.count(), "risk"),
        "Own": (1, ""),
        "None": (0, ""),
        "Figure": (7, ""),
        "Dialog": (3, "broken"),
    }
