"""The component tags: what they say, what they escape, and what they leave out."""

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from smarketing.accounts.models import User
from smarketing.web.forms import DateInput, DateTimeInput, MoneyInput, SearchInput, TimeInput

EVIL = '<img src=x onerror="alert(1)">'


def draw(source: str, address: str = "/leads/", user: Any = None, **values: Any) -> str:
    request = RequestFactory().get(address)
    request.user = user
    return Template("{% load ui %}" + source).render(Context({"request": request, **values}))


@pytest.mark.parametrize(
    "source",
    [
        "{% badge evil title=evil %}",
        "{% button evil key=evil confirm=evil %}",
        "{% avatar evil %}",
        "{% person evil %}",
        "{% stat evil evil of=evil note=evil %}",
        "{% commitment evil note=evil value=evil of=evil delta=evil share=0.5 %}",
        "{% card evil note=evil badge=evil %}{{ evil }}{% endcard %}",
        "{% banner evil %}{{ evil }}{% endbanner %}",
        "{% empty evil evil %}{% endempty %}",
        "{% points rows %}",
        "{% timeline %}{% moment evil note=evil when=evil %}{{ evil }}{% endmoment %}{% endtimeline %}",
        "{% facts %}{% fact evil %}{{ evil }}{% endfact %}{% endfacts %}",
        "{% pill evil evil count=1 %}",
        "{% progress 1 2 evil note=evil %}",
        "{% table label=evil %}{% select_row evil evil %}{% endtable %}",
        "{% th evil sort=evil %}",
        "{% help evil %}{{ evil }}{% endhelp %}",
        "{% chart evil evil note=evil %}{{ evil }}{% endchart %}",
        "{% dialog evil note=evil %}{{ evil }}{% enddialog %}",
        "{% menu text=evil %}{% menu_item evil %}{% endmenu %}",
        "{% keep 'title' %}{{ evil }}{% endkeep %}{{ title }}",
        "{% keys evil evil %}{% back evil evil %}",
        "{% state_badge evil %}{% stage_badge evil %}{% band_badge evil %}{% side_badge evil %}",
        "{% bulk evil %}{% endbulk %}{% fieldset evil %}{% endfieldset %}",
    ],
)
def test_what_people_typed_is_escaped(source: str) -> None:
    drawn = draw(source, evil=EVIL, rows=[(EVIL, 3, EVIL)])
    assert "<img" not in drawn
    assert "&lt;img" in drawn


def test_button_is_a_link_where_it_leads_somewhere() -> None:
    assert draw('{% button "Open" href="/x/" key="o" %}') == (
        '<a class="button" href="/x/" data-key="o" aria-keyshortcuts="o">Open <kbd aria-hidden="true">o</kbd></a>'
    )
    assert draw('{% button "Save" kind="primary" %}') == (
        '<button class="button" type="submit" data-kind="primary">Save</button>'
    )


def test_modal_button_stays_a_link() -> None:
    drawn = draw('{% button "Reject" href="/reject/" modal=True %}')
    assert 'href="/reject/"' in drawn
    assert 'hx-get="/reject/" hx-target="#dialog-body"' in drawn


def test_attributes_pass_through_and_nothing_is_left_out_loudly() -> None:
    drawn = draw(
        '{% button "Save" hx_post="/x/" disabled=True cls=none data_note=none formnovalidate=False %}', none=None
    )
    assert drawn == '<button class="button" type="submit" hx-post="/x/" disabled>Save</button>'


def test_icon_is_decoration_unless_it_has_a_label() -> None:
    assert 'aria-hidden="true"' in draw('{% icon "inbox" %}')
    assert 'role="img" aria-label="Inbox"' in draw('{% icon "inbox" label="Inbox" %}')
    assert draw('{% icon "" %}') == ""


def test_avatar_takes_a_person_or_a_name() -> None:
    assert ">SR<" in draw("{% avatar who %}", who=SimpleNamespace(name="Sam van Reyes", side="sales"))
    assert 'data-side="sales"' in draw("{% avatar who %}", who=SimpleNamespace(name="Sam Reyes", side="sales"))
    assert ">M<" in draw('{% avatar "mara" %}')
    assert ">?<" in draw('{% avatar "" %}')
    assert "Nobody" in draw("{% person none %}", none=None)


def test_pace_clamps_and_says_what_it_shows() -> None:
    drawn = draw("{% pace 1.7 expected=0.5 side='sales' %}")
    assert 'class="pace-fill" y="4" width="100%"' in drawn
    assert 'class="pace-tick" x="50%"' in drawn
    assert "pace asks for" in drawn
    assert "pace-tick" not in draw("{% pace 0.25 %}")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("{% countdown due %}", "17 min"),
        ("{% countdown none %}", "paused"),
        ("{% countdown due state='paused' %}", "paused"),
        ("{% countdown due state='breached' late_for=late %}", "1 h 40 late"),
        ("{% countdown due state='breached' %}", "late"),
        ("{% countdown due state='met' %}", "met"),
        ("{% countdown due state='met' met_at=met %}", "met 12 min ago"),
        ("{% countdown due state='cancelled' %}", "cancelled"),
    ],
)
def test_countdown_says_what_the_clock_does(call: str, words: str) -> None:
    now = timezone.now()
    drawn = draw(
        call, due=now + timedelta(minutes=18), met=now - timedelta(minutes=12), late=timedelta(minutes=100), none=None
    )
    assert f">{words}</" in drawn
    assert ("data-countdown" in drawn) == (words == "17 min")


def test_heading_sorts_and_then_turns_round() -> None:
    assert 'href="?stage=mql&amp;sort=name"' in draw("{% th 'Name' sort='name' %}", "/leads/?stage=mql&cursor=abc")
    second = draw("{% th 'Name' sort='name' %}", "/leads/?sort=name")
    assert 'aria-sort="ascending"' in second
    assert 'href="?sort=-name"' in second
    assert 'href="?sort=-score"' in draw("{% th 'Score' sort='score' number=True %}")
    assert draw("{% th 'Stage' %}") == '<th scope="col">Stage</th>'


def test_pager_keeps_the_rest_of_the_address() -> None:
    drawn = draw("{% pager next='n=1' shown=50 total=1234 noun='leads' %}", "/leads/?stage=mql&cursor=old")
    assert 'href="?stage=mql&amp;cursor=n%3D1"' in drawn
    assert "50 of 1,234 leads" in drawn
    assert "Previous" not in drawn


def test_card_takes_actions_and_a_foot_and_only_its_own() -> None:
    drawn = draw(
        "{% card 'One' %}{% card_actions %}do{% endcard_actions %}{% card_foot %}foot{% endcard_foot %}{% endcard %}"
        "{% card 'Two' %}{% endcard %}"
    )
    first, second = drawn.split("Two")
    assert '<div class="card-actions">do</div>' in first
    assert '<div class="card-foot">foot</div>' in first
    assert "card-foot" not in second


def test_fact_without_a_value_is_a_dash() -> None:
    assert "–" in draw("{% fact 'Owner' %} {% endfact %}")


def test_progress_of_unknown_length_has_no_value() -> None:
    assert "value=" not in draw("{% progress none none 'Reading' %}", none=None)
    assert 'value="5" max="10"' in draw("{% progress 5 10 'Importing' %}")


def test_can_asks_the_predicate_of_the_service(rep: User, marketer: User) -> None:
    source = '{% can "smarketing.accounts.is_rep" as may %}{{ may }}'
    assert draw(source, user=rep) == "True"
    assert draw(source, user=marketer) == "False"


class Sample(forms.Form):
    name = forms.CharField(help_text="As people say it.")
    note = forms.CharField(widget=forms.Textarea, required=False)
    agree = forms.BooleanField()
    side = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    secret = forms.CharField(widget=forms.HiddenInput)


def test_field_ties_label_help_and_errors_together() -> None:
    drawn = draw("{% field form.name %}", form=Sample({}))
    assert '<label class="field-label" for="id_name">Name</label>' in drawn
    assert 'aria-describedby="id_name_helptext id_name_error"' in drawn
    assert 'id="id_name_helptext"' in drawn
    assert 'id="id_name_error"' in drawn
    assert 'aria-invalid="true"' in drawn
    assert "optional" in draw("{% field form.note %}", form=Sample())
    assert "optional" not in draw('{% field form.note mark="required" %}', form=Sample())


def test_field_draws_choices_as_a_group_and_a_tick_with_its_label() -> None:
    assert "<legend" in draw("{% field form.side %}", form=Sample())
    assert '<label class="choice" for="id_agree">' in draw("{% field form.agree %}", form=Sample())


def test_form_fields_list_every_problem_once_and_keep_hidden_fields() -> None:
    drawn = draw("{% form_fields form cols=2 %}", form=Sample({"name": "x", "agree": "on", "side": "a"}))
    assert drawn.count("This field is required.") == 1
    assert 'type="hidden" name="secret"' in drawn
    assert 'data-cols="2"' in drawn
    assert '<div class="problems" data-problems></div>' in draw("{% error_summary form %}", form=Sample())


def test_form_fields_mark_the_fewer_kind() -> None:
    form = Sample()
    assert 'field-mark">optional' in draw("{% form_fields form %}", form=form)
    form.fields["name"].required = form.fields["side"].required = False
    drawn = draw("{% form_fields form %}", form=form)
    assert "field-mark" not in drawn.replace('field-mark">required', "")
    form.fields["agree"].required = False
    assert "field-mark" not in draw("{% form_fields form %}", form=form)


def test_filters_keep_the_order_and_offer_to_clear() -> None:
    drawn = draw("{% filters target='rows' %}{% endfilters %}", "/leads/?sort=-score&stage=mql&cursor=x")
    assert '<input type="hidden" name="sort" value="-score">' in drawn
    assert 'hx-target="#rows"' in drawn
    assert 'href="/leads/">Clear' in drawn
    assert "cursor" not in drawn
    assert "Clear" not in draw("{% filters %}{% endfilters %}", "/leads/?sort=-score")


def test_filter_field_shows_that_it_is_set() -> None:
    form = Sample({"name": "x"})
    assert "data-set" in draw("{% filter_field form.name %}", form=form)
    assert "data-set" not in draw("{% filter_field form.note %}", form=form)


def test_words_where_there_is_nothing() -> None:
    assert (
        draw("{% when none %}{% day none %}{{ none|when }}{{ none|exact }}{{ none|day }}{{ none|span }}", none=None)
        == "–" * 6
    )


def test_inputs_speak_as_browsers_do() -> None:
    drawn = "".join(
        widget().render("x", None) for widget in (DateInput, TimeInput, DateTimeInput, SearchInput, MoneyInput)
    )
    for part in ('type="date"', 'type="time"', 'type="datetime-local"', 'type="search"', 'inputmode="decimal"'):
        assert part in drawn


def test_time_left_is_quiet_until_the_last_minutes() -> None:
    now = timezone.now()
    said = [draw("{% time_left end %}", end=now + timedelta(minutes=left, seconds=9)) for left in (18, 4, -5)]
    assert [re.search(r'data-tone="(\w*)"[^>]*>([^<]+)<', one).groups() for one in said] == [
        ("", "18 min left"),
        ("risk", "4 min left"),
        ("broken", "over time"),
    ]
