"""Tables, their headings, filters and pagers, and what is done with several rows."""

from __future__ import annotations

from typing import Any

from django import template
from django.forms import BoundField
from django.template.base import FilterExpression, Parser, Token
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from smarketing.web import wording
from smarketing.web.addresses import address
from smarketing.web.components.html import html_attributes, icon_svg, render_component

register = template.Library()


@register.simple_block_tag
def pills(content: str, label: str, kind: str = "") -> SafeString:
    """Views of one list, side by side; `kind="tabs"` for the parts of a page."""
    return format_html(
        '<nav class="{}" aria-label="{}">{}</nav>', "tabs" if kind == "tabs" else "pills", label, content
    )


@register.simple_tag
def pill(text: str, href: str, count: int | None = None, current: bool = False, **attributes: Any) -> SafeString:
    """One of the views, with the number of its rows."""
    rest = html_attributes({"aria_current": "page" if current else None} | attributes)
    counted = (
        format_html(' <span class="pill-count">{}</span>', wording.number_words(count, 0)) if count is not None else ""
    )
    return format_html('<a class="pill" href="{}"{}>{}{}</a>', href, rest, text, counted)


@register.simple_block_tag
def table(
    content: str,
    label: str,
    cards: bool = True,
    dense: bool = False,
    numbers: bool = False,
    list: bool = True,
    **attributes: Any,
) -> SafeString:
    """A table that becomes cards where there is no room (cells need `data-label`). `j` and `k` walk its rows."""
    rest = html_attributes(
        {"data_cards": cards, "data_dense": dense, "data_numbers": numbers, "data_list": list} | attributes
    )
    return format_html(
        '<div class="table-wrap" role="region" aria-label="{}" tabindex="0"><table class="table"{}>{}</table></div>',
        label,
        rest,
        content,
    )


@register.simple_tag(takes_context=True)
def th(context: Context, text: str, sort: str = "", number: bool = False, **attributes: Any) -> SafeString:
    """A heading; with `sort`, a link that sorts by it, and the other way round the second time. Without text, a gap."""
    if not text:
        return format_html("<td{}></td>", html_attributes(attributes))
    cls = "number" if number else None
    if not sort:
        return format_html('<th scope="col"{}>{}</th>', html_attributes({"cls": cls} | attributes), text)
    query = context["request"].GET.copy()
    current = query.get("sort", context.get("sort", ""))
    direction = {sort: "ascending", f"-{sort}": "descending"}.get(current)
    # Numbers are asked for largest first; words from A.
    first, second = (f"-{sort}", sort) if number else (sort, f"-{sort}")
    query["sort"] = second if current == first else first
    query.pop("cursor", None)
    arrow = {"ascending": "arrow-up", "descending": "arrow-down"}.get(direction or "", "chevrons-up-down")
    return format_html(
        '<th scope="col"{}><a class="sort" href="?{}">{}{}</a></th>',
        html_attributes({"cls": cls, "aria_sort": direction} | attributes),
        query.urlencode(),
        text,
        icon_svg(arrow, 12, ""),
    )


@register.simple_tag(takes_context=True)
def pager(
    context: Context,
    next: str | None = None,
    previous: str | None = None,
    shown: int | None = None,
    total: int | None = None,
    noun: str = "rows",
    param: str = "cursor",
) -> SafeString:
    """The way through a long list by cursor; keeps every other parameter of the address."""

    def address(cursor: str | None) -> str:
        query = context["request"].GET.copy()
        query[param] = cursor or ""
        return f"?{query.urlencode()}"

    return render_component(
        "pager",
        {
            "next": address(next) if next else "",
            "previous": address(previous) if previous else "",
            "shown": shown,
            "total": total,
            "noun": noun,
        },
    )


@register.simple_block_tag(takes_context=True)
def filters(context: Context, content: str, label: str = "Filters", keep: str = "sort", target: str = "") -> SafeString:
    """A GET form above a list that sends itself. `target`: the id of what is swapped, else the page loads."""
    request = context["request"]
    kept = [(name, value) for name in keep.split() for value in request.GET.getlist(name)]
    used = any(value for name, value in request.GET.items() if name not in {*keep.split(), "cursor"})
    return render_component(
        "filters",
        {"label": label, "content": content, "kept": kept, "used": used, "path": request.path, "target": target},
    )


@register.simple_tag
def filter_field(field: BoundField, label: str = "", placeholder: str = "") -> SafeString:
    """A small field of a filter bar."""
    value = field.value()
    attrs: dict[str, str | bool] = {"data-set": ""} if value not in (None, "", []) else {}
    if placeholder:
        attrs["placeholder"] = placeholder
    return format_html(
        '<div class="field"><label class="field-label" for="{}">{}</label>{}</div>',
        field.id_for_label,
        label or field.label,
        field.as_widget(attrs=attrs),
    )


class StampedNode(template.Node):
    """Draws its inside once for each value of `by` and puts the id of each row where `stamp` stands."""

    # No id is as large, and an address takes it for one.
    STAMP = 8_999_999_999_999_999_077

    def __init__(self, nodelist: template.NodeList, pk: FilterExpression, by: FilterExpression | None) -> None:
        self.nodelist, self.pk, self.by = nodelist, pk, by

    def render(self, context: Context) -> SafeString:
        """The inside with this row's id."""
        render_context: Any = context.render_context
        place: dict[Any, str] = render_context.setdefault(self, {})
        by = self.by.resolve(context) if self.by else None
        drawn = place.get(by)
        if drawn is None:
            with context.push(stamp=self.STAMP):
                drawn = place[by] = self.nodelist.render(context)
        return SafeString(drawn.replace(str(self.STAMP), str(int(self.pk.resolve(context)))))


@register.tag
def stamped(parser: Parser, token: Token) -> StampedNode:
    """`{% stamped pk by=value %}…{% endstamped %}`; what is inside may differ by `by` and `stamp` alone."""
    _, pk, *rest = token.split_contents()
    by = parser.compile_filter(rest[0].removeprefix("by=")) if rest else None
    nodelist = parser.parse(("endstamped",))
    parser.delete_first_token()
    return StampedNode(nodelist, parser.compile_filter(pk), by)


@register.simple_tag(name="address")
def address_tag(name: str, pk: int) -> str:
    """The address of a record's page: `{% url %}` for lists, which name hundreds."""
    return address(name, pk)


@register.simple_block_tag
def bulk(content: str, noun: str = "selected") -> SafeString:
    """What can be done with the rows that are ticked; appears with the first tick."""
    return format_html(
        '<div class="bulk" role="group" aria-label="With the selected rows">'
        '<span class="strong" aria-live="polite"><span data-selected-count>0</span> {}</span>{}</div>',
        noun,
        content,
    )


@register.simple_tag
def select_all(label: str = "Select all rows on this page") -> SafeString:
    """The tick at the head of a table; needs JavaScript, and is not there without."""
    return format_html(
        '<th class="check" scope="col"><input type="checkbox" data-select-all aria-label="{}"></th>', label
    )


@register.simple_tag
def select_row(value: Any, label: str, name: str = "selected") -> SafeString:
    """The tick of a row."""
    return format_html(
        '<td class="check"><input type="checkbox" data-select name="{}" value="{}" aria-label="Select {}"></td>',
        name,
        value,
        label,
    )
