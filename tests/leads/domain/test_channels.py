"""Raw origins and the closed list of channels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.domain.channels import Channel, channel_of, known_channel


@pytest.mark.parametrize(
    ("source", "channel"),
    [
        # Origins that a Brazilian marketplace recorded.
        ("organic_search", Channel.ORGANIC_SEARCH),
        ("paid_search", Channel.PAID_SEARCH),
        ("social", Channel.ORGANIC_SOCIAL),
        ("unknown", Channel.UNKNOWN),
        ("direct_traffic", Channel.DIRECT),
        ("email", Channel.EMAIL),
        ("referral", Channel.REFERRAL),
        ("other", Channel.OTHER),
        ("display", Channel.DISPLAY),
        ("other_publicities", Channel.OTHER),
        ("", Channel.UNKNOWN),
        # GA4 default channel groups and source / medium.
        ("Organic Search", Channel.ORGANIC_SEARCH),
        ("Paid Social", Channel.PAID_SOCIAL),
        ("Unassigned", Channel.UNKNOWN),
        ("(not set)", Channel.UNKNOWN),
        ("(direct) / (none)", Channel.DIRECT),
        ("google / cpc", Channel.PAID_SEARCH),
        ("google / organic", Channel.ORGANIC_SEARCH),
        ("linkedin / cpc", Channel.PAID_SOCIAL),
        ("news.example.com / referral", Channel.REFERRAL),
        # HubSpot original sources.
        ("Email marketing", Channel.EMAIL),
        ("Offline sources", Channel.OFFLINE),
        ("DIRECT_TRAFFIC", Channel.DIRECT),
        # Lead sources of Salesforce and Zoho.
        ("Trade Show", Channel.EVENT),
        ("Partner Referral", Channel.PARTNER),
        ("Cold Call", Channel.OUTBOUND),
        ("Purchased List", Channel.OUTBOUND),
        ("Word of mouth", Channel.REFERRAL),
        # Free text.
        ("Webinar: pricing in practice", Channel.WEBINAR),
        ("Facebook Ads - Brazil", Channel.PAID_SOCIAL),
        ("a carrier pigeon", Channel.OTHER),
    ],
)
def test_channel_of_maps_raw_origins(source, channel):
    assert channel_of(source) is channel


def test_channel_of_reads_the_medium_beside_the_source():
    assert channel_of("linkedin", "cpc") is Channel.PAID_SOCIAL
    assert channel_of("google", "cpc") is Channel.PAID_SEARCH
    assert channel_of("", "email") is Channel.EMAIL


@pytest.mark.parametrize("channel", list(Channel))
def test_every_channel_is_found_by_value_and_by_label(channel):
    assert known_channel(channel.value) is channel
    assert known_channel(channel.label) is channel
    assert (channel.value, channel.label) in Channel.choices()


def test_known_channel_says_when_it_does_not_know():
    assert known_channel("a carrier pigeon") is None
    assert known_channel("  ") is Channel.UNKNOWN


@given(st.text())
def test_channel_of_never_fails(text):
    assert channel_of(text) in Channel


def test_a_very_long_text_costs_no_time():
    assert channel_of("paid " * 1_000_000) is Channel.OTHER
