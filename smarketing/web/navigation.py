"""What can be gone to. Each app registers its items in `AppConfig.ready`; a person sees those that the role permits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.checks import Error
from django.core.checks import register as register_check
from django.urls import NoReverseMatch, reverse

from smarketing.accounts.permissions import has_any_role
from smarketing.accounts.querysets import counts_of
from smarketing.web.addresses import page_address

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from smarketing.accounts.models import User

SECTIONS = ("", "Agreement", "Numbers", "Administration")
TABS = 4


@dataclass(frozen=True, slots=True)
class Count:
    """A number beside an item; `risk` and `broken` make it stand out."""

    value: int
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows whose number stands beside an item: those of all items are counted in one query."""

    rows: QuerySet[Any]
    tone: str = ""


@dataclass(frozen=True, slots=True)
class NavItem:
    """One page that can be gone to.

    `section` is one of SECTIONS ("" stands first, without a title), `order` places the item in it, `visible` says
    for whom it is, `badge` counts what waits there, `tab` above zero makes it a candidate for the phone's four
    tabs, lowest first. `also` names pages that belong to the item though their addresses do not begin with its own.
    """

    label: str
    url_name: str
    icon: str
    section: str = ""
    order: int = 50
    visible: Callable[[User], bool] = has_any_role
    badge: Callable[[User], Waiting | Count | int | None] | None = None
    tab: int = 0
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """An item as one person sees it on one page."""

    label: str
    url: str
    icon: str
    current: bool = False
    count: int = 0
    tone: str = ""
    key: str = ""
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Items under one title."""

    title: str
    items: list[Link] = field(default_factory=list)


_items: dict[str, NavItem] = {}


def register(*items: NavItem) -> None:
    """Adds items; a page may be registered once and in a known section only."""
    for item in items:
        if item.section not in SECTIONS:
            raise ValueError(f"{item.label}: there is no section “{item.section}”; use one of {SECTIONS}.")
        if item.url_name in _items and _items[item.url_name] != item:
            raise ValueError(f"{item.url_name} is registered twice, as {_items[item.url_name].label} and {item.label}.")
        _items[item.url_name] = item


def registered() -> list[NavItem]:
    """Every item, in the order it is shown."""
    return sorted(_items.values(), key=lambda item: (SECTIONS.index(item.section), item.order, item.label))


def visible_to(user: Any) -> Iterator[NavItem]:
    """The items that the person's role permits."""
    return (item for item in registered() if item.visible(user))


def _counts(items: Sequence[NavItem], user: User) -> dict[str, Count]:
    """What stands beside each item."""
    found = {item.url_name: item.badge(user) if item.badge else None for item in items}
    waiting = {name: badge for name, badge in found.items() if isinstance(badge, Waiting)}
    numbers = dict(zip(waiting, counts_of(*(badge.rows for badge in waiting.values())), strict=True))
    counts = {}
    for name, badge in found.items():
        if isinstance(badge, Waiting):
            counts[name] = Count(numbers[name], badge.tone)
        else:
            counts[name] = Count(badge) if isinstance(badge, int) else badge or Count(0)
    return counts


class Shell:
    """What the frame around a page needs to know. Computed only when it is drawn: fragments do not pay for it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def _links(self) -> list[tuple[NavItem, Link]]:
        user = getattr(self._request, "user", None)
        if user is None or not user.is_authenticated:
            return []
        places = [(item, page_address(item.url_name)) for item in visible_to(user)]
        under = [(url, item) for item, own in places for url in (own, *map(page_address, item.also))]
        around = [(len(url), item.url_name) for url, item in under if _is_under(self._request.path, url)]
        here = max(around, default=(0, ""))[1]
        counts = _counts([item for item, _ in places], user)
        return [(item, self._link(item, url, counts, current=item.url_name == here)) for item, url in places]

    @staticmethod
    def _link(item: NavItem, url: str, counts: Mapping[str, Count], *, current: bool) -> Link:
        count = counts[item.url_name]
        key = item.url_name.replace(":", "-")
        return Link(item.label, url, item.icon, current, count.value, count.tone, key, item.badge is not None)

    @cached_property
    def sections(self) -> list[Section]:
        """The side's navigation; sections without an item are not there."""
        found = (Section(title, [link for item, link in self._links if item.section == title]) for title in SECTIONS)
        return [section for section in found if section.items]

    @cached_property
    def tabs(self) -> list[Link]:
        """The phone's tabs; the last place is for “More”."""
        candidates = sorted((pair for pair in self._links if pair[0].tab), key=lambda pair: pair[0].tab)
        return [link for _, link in candidates[:TABS]]

    @cached_property
    def counts(self) -> list[Link]:
        """The items that count something, to bring their numbers up to date without the whole page."""
        return [link for _, link in self._links if link.counted]

    @property
    def home(self) -> str:
        """Where the mark leads."""
        return "/"


def _is_under(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(url if url.endswith("/") else f"{url}/"))


@register_check("urls")
def check_items_lead_somewhere(**_: Any) -> list[Error]:
    """Every registered item has an address."""
    found = []
    for label, name in [(item.label, name) for item in registered() for name in (item.url_name, *item.also)]:
        try:
            reverse(name)
        except NoReverseMatch:
            found.append(
                Error(
                    f"The navigation item “{label}” names the address {name}, which does not exist.",
                    hint="Register the item with the name of a page that takes no arguments.",
                    id="smarketing.E101",
                )
            )
    return found
