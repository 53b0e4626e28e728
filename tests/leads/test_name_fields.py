"""Choices among hundreds by their names: written in one go, and the same as Django writes them."""

from __future__ import annotations

import pytest
from django import forms

from leads.models import Campaign
from smarketing.web.forms import NameField
from tests.factories import make_campaign

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("chosen", ["", "first", "none of them"])
def test_a_choice_by_names_is_written_and_read_as_any_choice_of_records(chosen: str) -> None:
    first = make_campaign(name='Autumn <b> & "more"')
    make_campaign(name="Spring")
    given = {"campaign": str(first.pk) if chosen == "first" else chosen}
    found = []
    for kind in (NameField, forms.ModelChoiceField):

        class Filter(forms.Form):
            campaign = kind(required=False, queryset=Campaign.objects.order_by("name"), empty_label="Any <campaign>")

        form = Filter(given)
        form.is_valid()
        drawn = form["campaign"].as_widget(attrs={"data-set": ""})
        found.append((drawn, form.cleaned_data.get("campaign"), form.errors.as_json()))
    assert found[0] == found[1]
    assert "&lt;b&gt; &amp; &quot;more&quot;" in found[0][0]
