"""Rows of every kind: what goes in, what is refused and with which words."""

import io
import os
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.domain.channels import Channel
from leads.domain.importing import (
    KINDS,
    DateOrder,
    DecimalMark,
    MappingRefused,
    ParsedRow,
    RowRefused,
    compile_rows,
    guess_mapping,
)
from leads.domain.importing.doubts import decimal_doubt
from leads.domain.touchpoints import TouchpointKind
from smarketing.lib.tabular import rows, sniff


def parsed(kind, text, mapping=None, **options):
    """All results for the rows of this text, mapped by its headings unless said otherwise."""
    stream = io.BytesIO(text.encode())
    layout = sniff(stream)
    guess = guess_mapping(KINDS[kind], layout.columns)
    options["defaults"] = {**guess.defaults, **options.get("defaults", {})}
    parser = compile_rows(KINDS[kind], layout, guess.fields if mapping is None else mapping, **options)
    return parser, [parser(row.cells) for row in rows(stream, layout) if not row.error]


def one(kind, text, mapping=None, **options):
    _, results = parsed(kind, text, mapping, **options)
    assert len(results) == 1
    return results[0]


def values(kind, text, mapping=None, **options):
    result = one(kind, text, mapping, **options)
    assert isinstance(result, ParsedRow), result
    return result.values


def reasons(kind, text, mapping=None, **options):
    result = one(kind, text, mapping, **options)
    assert isinstance(result, RowRefused), result
    return result.reasons


def refused_mapping(kind, text, mapping=None, **options):
    with pytest.raises(MappingRefused) as caught:
        parsed(kind, text, mapping, **options)
    return caught.value


# -- leads ------------------------------------------------------------------------------------------

MARKETPLACE = """mql_id,first_contact_date,landing_page_id,origin
dac32acd,2018-02-01,88740e65,social
8c18d1de,2017-10-20,007f9098,paid_search
b4bc852d,2018-03-22,a7982125,
6be030b8,2018-01-22,d45d558f,unknown
5420aad7,2018-02-21 08:30:00,b48ec5f3,other_publicities
"""


def test_leads_without_names_and_e_mails():
    parser, results = parsed("leads", MARKETPLACE)
    assert parser.notes == ()
    assert [type(result) for result in results] == [ParsedRow] * 5
    assert results[0] == ParsedRow(
        ("external_id", "dac32acd"),
        {
            "external_id": "dac32acd",
            "created_at": datetime(2018, 2, 1, tzinfo=UTC),
            "landing_page": "88740e65",
            "source": "social",
            "channel": Channel.ORGANIC_SOCIAL,
        },
    )
    assert [(result.values["source"], result.values["channel"]) for result in results] == [
        ("social", Channel.ORGANIC_SOCIAL),
        ("paid_search", Channel.PAID_SEARCH),
        ("", Channel.UNKNOWN),
        ("unknown", Channel.UNKNOWN),
        ("other_publicities", Channel.OTHER),
    ]


def test_one_column_can_feed_several_fields():
    mapping = {"mql_id": "external_id", "first_contact_date": ("created_at", "mql_at"), "origin": ""}
    _, results = parsed("leads", MARKETPLACE, mapping)
    assert results[0].values == {
        "external_id": "dac32acd",
        "created_at": datetime(2018, 2, 1, tzinfo=UTC),
        "mql_at": datetime(2018, 2, 1, tzinfo=UTC),
    }


def test_columns_are_found_without_regard_to_case():
    found = values("leads", "E-Mail,x\nann@site.example,1\n", {"e-mail": "email"})
    assert found == {"email": "ann@site.example"}


def test_a_lead_with_everything():
    text = (
        "email;name;phone;company;website;consent;created;became a marketing qualified lead date\n"
        " Ann@Site.Example ;Ann van Lee;+49 30 1234;Acme;https://www.Acme.example/about?x=1;ja;"
        "31.03.2024 09:30;01.04.2024\n"
    )
    result = one("leads", text, zone=ZoneInfo("Europe/Berlin"))
    assert result.identity == ("email", "ann@site.example")
    assert result.values == {
        "email": "Ann@site.example",
        "first_name": "Ann van",
        "last_name": "Lee",
        "phone": "+49 30 1234",
        "company_name": "Acme",
        "company_domain": "acme.example",
        "consent": True,
        "created_at": datetime(2024, 3, 31, 7, 30, tzinfo=UTC),
        "mql_at": datetime(2024, 3, 31, 22, tzinfo=UTC),
    }


def test_first_and_last_name_win_over_the_full_name():
    found = values("leads", "email,name,first name,last name\na@b.example,Dr X Y,Ann,Lee\n")
    assert (found["first_name"], found["last_name"]) == ("Ann", "Lee")
    found = values("leads", "email,name\na@b.example,Plato\n")
    assert (found["first_name"], found["last_name"]) == ("", "Plato")


def test_a_name_that_cannot_be_divided_is_refused():
    assert "too long" in reasons("leads", f"id,name\n1,{'x' * 150}\n")["full_name"]


def test_a_column_of_many_different_dates_is_read_in_bounded_memory():
    days = "".join(f"{number},2024-03-01 10:00:00.{number:06}\n" for number in range(12_000))
    _, results = parsed("leads", "id,created\n" + days)
    assert {type(result) for result in results} == {ParsedRow}
    assert results[-1].values["created_at"].microsecond == 11_999


def test_blank_cells_are_blank_text_or_none():
    text = "id,email,phone,consent,created,website,source\n7,,,,,,\n"
    assert values("leads", text) == {
        "external_id": "7",
        "email": None,
        "phone": "",
        "consent": None,
        "created_at": None,
        "company_domain": None,
        "source": "",
        "channel": Channel.UNKNOWN,
    }


@pytest.mark.parametrize("nothing", ["-", "N/A", "null", "None", "(not set)", "--"])
def test_words_for_nothing_are_nothing_but_stay_in_texts(nothing):
    found = values("leads", f"id,email,consent,created,website,city\n7,{nothing},{nothing},{nothing},{nothing},x\n")
    assert (found["email"], found["consent"], found["created_at"], found["company_domain"]) == (None,) * 4
    assert values("leads", f"id,source\n7,{nothing}\n")["source"] == nothing


def test_words_for_nothing_are_nothing_in_deals_and_campaigns():
    found = values("deals", "id,stage,amount,currency,opened\n1,-,n/a,--,null\n")
    assert (found["stage"], found["amount"], found["currency"], found["opened_at"]) == (
        "",
        None,
        None,
        None,
    )
    assert values("campaigns", "name,start date\nSpring,-\n")["start_on"] is None


def test_words_for_nothing_identify_nobody():
    assert "neither" in reasons("leads", "id,email\nN/A,null\n")["email"]


def test_a_refused_row_names_everything_that_is_wrong():
    text = "Lead ID,E-mail address,Created date\n1,nobody,yesterday\n"
    result = one("leads", text)
    assert list(result.reasons) == ["email", "created_at"]
    assert result.reasons["email"].startswith("E-mail address: “nobody” is not an e-mail address")
    assert result.sentence == " ".join(result.reasons.values())


def test_a_lead_needs_an_identity():
    found = reasons("leads", "id,email,first name\n,,Ann\n")
    assert found == {"email": "email: A lead needs an external id or an e-mail address; this row has neither."}


def test_an_e_mail_address_that_is_wrong_is_told_once():
    assert list(reasons("leads", "email,first name\nnobody,Ann\n")) == ["email"]


def test_an_id_that_a_spreadsheet_shortened_is_refused():
    assert "shortened by a spreadsheet" in reasons("leads", "id,x\n1.23457E+14,1\n")["external_id"]
    assert values("leads", "id,x\n5E12,1\n")["external_id"] == "5E12"


def test_a_text_that_is_too_long_is_refused():
    assert "there is room for 100" in reasons("leads", f"id,first name\n1,{'x' * 101}\n")["first_name"]


def test_channel_is_taken_from_its_column_and_else_from_the_source():
    text = "id,channel,source\n1,Paid Social,google\n2,,google / cpc\n"
    _, results = parsed("leads", text)
    assert [result.values["channel"] for result in results] == [Channel.PAID_SOCIAL, Channel.PAID_SEARCH]
    assert values("leads", "id,channel,source\n1,  ,email\n")["channel"] is Channel.EMAIL
    assert "none of the channels" in reasons("leads", "id,channel\n1,carrier pigeon\n")["channel"]


def test_without_source_and_channel_there_is_no_channel_to_write():
    assert values("leads", "id,first name\n1,Ann\n") == {"external_id": "1", "first_name": "Ann"}


# -- bad input --------------------------------------------------------------------------------------


def test_dates_in_1899_and_2999_are_refused():
    text = "id,created\n1,1899-12-31\n2,2999-01-01\n3,2024-01-01\n"
    _, results = parsed("leads", text)
    assert "before 1900" in results[0].reasons["created_at"]
    assert "after 2100" in results[1].reasons["created_at"]
    assert isinstance(results[2], ParsedRow)


def test_facts_in_the_future_are_refused_and_plans_are_not():
    now = datetime(2024, 3, 1, 12, tzinfo=UTC)
    assert "in the future" in reasons("leads", "id,created\n1,2024-03-03\n", now=now)["created_at"]
    assert values("leads", "id,created\n1,2024-03-02\n", now=now)["external_id"] == "1"
    spend = "campaign,day,cost\nBrand,2024-03-03,1\n"
    assert "in the future" in reasons("spend", spend, now=now)["spent_on"]
    assert values("campaigns", "name,start date\nBrand,2025-01-01\n", now=now)["start_on"] == date(2025, 1, 1)


def test_a_continental_amount_is_understood():
    text = 'campaign,day,cost\nBrand,2024-03-01,"1.234,56"\n'
    assert values("spend", text)["amount"] == Decimal("1234.56")


def test_a_formula_is_text_like_any_other():
    found = values("leads", "id,first name,company\n1,=1+1,@SUM(A1:A9)\n")
    assert (found["first_name"], found["company_name"]) == ("=1+1", "@SUM(A1:A9)")


def test_a_wrong_file_is_refused_before_any_row():
    error = refused_mapping("leads", "age;job;marital\n58;management;married\n")
    assert error.reasons == (
        "No row could be recognised. A lead is recognised by its external id, else by its e-mail address.",
    )


@given(st.sampled_from(list(KINDS.values())), st.data())
def test_no_cells_whatever_do_more_than_be_refused(kind, data):
    names = [field.name for field in kind.fields]
    cell = st.one_of(
        st.text(max_size=20),
        st.sampled_from(
            ["", "2024-01-01", "1.5", "won", "ann@site.example", "7", "page_view", "https://x.example", "-", "yes"]
        ),
    )
    cells = data.draw(st.lists(cell, min_size=len(names), max_size=len(names)))
    layout = sniff(io.BytesIO((",".join(names) + "\n" + ",".join("x" for _ in names)).encode()))
    parser = compile_rows(kind, layout, {name: name for name in names})
    result = parser(cells)
    if isinstance(result, RowRefused):
        assert result.reasons
        assert all(sentence.endswith(".") for sentence in result.reasons.values())
    else:
        assert result == parser(cells)
        assert all(isinstance(part, str) for part in result.identity)
        assert result.identity[0] != "none"


# -- the mapping ------------------------------------------------------------------------------------


def test_a_mapping_is_refused_with_all_that_is_wrong_with_it():
    error = refused_mapping(
        "leads",
        "a,b,c\n1,2,3\n",
        {"a": "email", "b": "email", "c": "shoe_size", "d": "phone"},
        defaults={"nonsense": "1", "consent": "perhaps"},
    )
    assert len(error.reasons) == 5
    assert "fed by both “a” and “b”" in error.reasons[0]
    assert "no field “shoe_size”" in error.reasons[1]
    assert "no column “d”; it has “a”, “b”, “c”" in error.reasons[2]
    assert "no field “nonsense”" in error.reasons[3]
    assert "neither yes nor no" in error.reasons[4]


def test_a_column_that_is_missing_and_not_wanted_is_pointed_out_too():
    wide = ",".join(f"c{number}" for number in range(40))
    error = refused_mapping("leads", f"{wide}\n{wide}\n", {"x": "", "y": "email"})
    assert error.reasons[0] == "The file has no column “x”."
    assert error.reasons[1].endswith("“c29”, and 10 more.")


def test_required_fields_need_a_column_or_a_default():
    text = "campaign,cost\nBrand,12.50\n"
    assert "“Day” (spent_on)" in str(refused_mapping("spend", text))
    found = values("spend", text, defaults={"spent_on": "2024-03-01", "currency": "€"})
    assert found == {
        "campaign": "Brand",
        "amount": Decimal("12.50"),
        "spent_on": date(2024, 3, 1),
        "currency": "EUR",
    }


def test_defaults_stand_in_for_blank_cells_too():
    text = "campaign,day,cost,currency\nA,2024-03-01,1,USD\nB,2024-03-01,1,\n"
    _, results = parsed("spend", text, defaults={"currency": "EUR"})
    assert [result.values["currency"] for result in results] == ["USD", "EUR"]


def test_rows_read_together_are_read_as_one_by_one():
    text = "campaign,day,cost\nA,2024-03-01,1\n,2024-03-01,x\nB,,2\nA,2024-03-32,3\nC,2024-03-02,\n"
    parser, results = parsed("spend", text, defaults={"currency": "EUR"})
    cells = [row.cells for row in rows(io.BytesIO(text.encode()), sniff(io.BytesIO(text.encode())))]
    assert [isinstance(result, RowRefused) for result in results] == [False, True, True, True, True]
    assert parser.read_rows(cells) == results
    assert parser.read_rows([]) == []


def test_a_required_cell_that_is_blank_is_refused():
    assert reasons("spend", "campaign,day,cost\nBrand,,1\n") == {"spent_on": "day: This cell must not be empty."}


# -- dates and amounts of a column ------------------------------------------------------------------


def test_the_column_decides_how_its_dates_are_read():
    _, results = parsed("leads", "id,created\n1,03/04/2024\n2,04/25/2024\n")
    assert results[0].values["created_at"] == datetime(2024, 3, 4, tzinfo=UTC)


def test_undecided_dates_are_said_and_can_be_chosen():
    text = "id,created\n1,03/04/2024\n2,05/11/2024\n"
    parser, results = parsed("leads", text)
    assert "day/month/year or month/day/year; they are read as day/month/year" in parser.notes[0]
    assert results[0].values["created_at"] == datetime(2024, 4, 3, tzinfo=UTC)
    doubt = parser.date_doubt
    assert (doubt.columns, doubt.example, doubt.answer) == (("created",), "03/04/2024", "day-first")
    assert doubt.meanings == {"day-first": "3 April 2024", "month-first": "4 March 2024"}
    parser, results = parsed("leads", text, dates=DateOrder.MONTH_FIRST)
    assert (parser.notes, parser.date_doubt.answer) == ((), "month-first")
    assert results[0].values["created_at"] == datetime(2024, 3, 4, tzinfo=UTC)


def test_a_choice_settles_what_is_open_and_not_what_is_proven():
    decided = "id,created\n1,03/04/2024\n2,25/12/2024\n"
    parser, results = parsed("leads", decided, dates=DateOrder.MONTH_FIRST)
    assert parser.notes == ("The dates in “created” can only be day/month/year and are read so.",)
    assert parser.date_doubt is None
    assert [row.values["created_at"].month for row in results] == [4, 12]
    text = 'campaign,day,cost\nA,2024-03-01,"1,234"\nB,2024-03-01,12.5\n'
    parser, results = parsed("spend", text, decimal=DecimalMark.COMMA)
    assert parser.notes == ("The amounts in “cost” can only have a decimal point and are read so.",)
    assert results[0].values["amount"] == Decimal("1234.00")


def test_other_columns_of_the_file_speak_for_one_that_is_open():
    text = "id,created,mql date\n1,03/04/2024,04/25/2024\n2,05/11/2024,05/12/2024\n"
    parser, results = parsed("leads", text)
    assert "“created” could be day/month/year or month/day/year; they are read as month/day/year" in parser.notes[0]
    assert (parser.date_doubt.columns, parser.date_doubt.answer) == (("created",), "month-first")
    assert results[0].values["created_at"] == datetime(2024, 3, 4, tzinfo=UTC)
    parser, results = parsed("leads", text, dates=DateOrder.DAY_FIRST)
    assert results[0].values["created_at"] == datetime(2024, 4, 3, tzinfo=UTC)
    assert results[0].values["mql_at"] == datetime(2024, 4, 25, tzinfo=UTC)


def test_dates_that_say_the_same_in_both_orders_are_asked_about_without_an_example():
    parser, _ = parsed("leads", "id,created\n1,03/03/2024\n")
    assert (parser.date_doubt.example, parser.date_doubt.meanings["day-first"]) == ("", "")
    parser, _ = parsed("leads", "id,created\n1,2024-03-03\n")
    assert parser.date_doubt is None


def test_amounts_of_other_columns_speak_for_those_that_are_open():
    columns = {"budget": ["1.234", "n/a"], "cost": ["12,50"]}
    mark, doubt = decimal_doubt(columns, None)
    assert (mark, doubt.answer, doubt.columns, doubt.example) == ("comma", "comma", ("budget",), "1.234")
    assert doubt.meanings == {"point": "1.23", "comma": "1234.00"}
    assert decimal_doubt({"cost": ["12,50"]}, None) == ("comma", None)
    assert decimal_doubt({"cost": ["12"]}, None) == (None, None)


def test_the_column_decides_how_its_amounts_are_read():
    text = "campaign;day;cost\nA;2024-03-01;1.234\nB;2024-03-01;{}\n"
    parser, results = parsed("spend", text.format("12,5"))
    assert (parser.notes, results[0].values["amount"]) == ((), Decimal("1234.00"))
    parser, results = parsed("spend", text.format("12.5"))
    assert (parser.notes, results[0].values["amount"]) == ((), Decimal("1.23"))
    parser, results = parsed("spend", text.format("5.678"))
    assert "one thousand two hundred thirty-four" in parser.notes[0]
    assert results[0].values["amount"] == Decimal("1234.00")
    assert parser.decimal_doubt.meanings == {"": "1234.00", "point": "1.23", "comma": "1234.00"}
    assert (parser.decimal_doubt.example, parser.decimal_doubt.answer) == ("1.234", "")
    parser, results = parsed("spend", text.format("5.678"), decimal=DecimalMark.POINT)
    assert (parser.notes, results[0].values["amount"]) == ((), Decimal("1.23"))
    assert parser.decimal_doubt.answer == "point"


def test_mixed_amounts_are_said_and_the_doubtful_ones_refused():
    parser, results = parsed("spend", "campaign;day;cost\nA;2024-03-01;1.234\nB;2024-03-01;12,5\nC;2024-03-01;12.5\n")
    assert "both point and comma" in parser.notes[0]
    assert "two ways" in results[0].reasons["amount"]
    assert [result.values["amount"] for result in results[1:]] == [Decimal("12.50")] * 2
    assert parser.decimal_doubt.meanings == {"": "", "point": "1.23", "comma": "1234.00"}
    text = "campaign;day;cost\nA;2024-03-01;1.234\nB;2024-03-01;12,5\nC;2024-03-01;12.5\n"
    parser, results = parsed("spend", text, decimal=DecimalMark.COMMA)
    assert (parser.notes, results[0].values["amount"]) == ((), Decimal("1234.00"))


# -- companies and campaigns ------------------------------------------------------------------------


def test_companies():
    text = 'id,name,website,employees\n1,Acme,www.acme.example,"1,200"\n,Beta,,\n,,gamma.example,\n'
    _, results = parsed("companies", text)
    assert [result.identity for result in results] == [
        ("external_id", "1"),
        ("name", "beta"),
        ("domain", "gamma.example"),
    ]
    assert results[0].values == {
        "external_id": "1",
        "name": "Acme",
        "domain": "acme.example",
        "employees": 1200,
    }
    assert results[2].values["name"] == "gamma.example"
    assert "range" in reasons("companies", "name,employees\nAcme,51-200\n")["employees"]
    assert "name or a domain" in reasons("companies", "id,name\n1,\n")["name"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("acme.example", "acme.example"),
        ("HTTPS://WWW.Acme.Example:8080/path?q#f", "acme.example"),
        ("ann@acme.example", "acme.example"),
        ("http://user:pass@acme.example/", "acme.example"),
        ("müller.example", "xn--mller-kva.example"),
        ("n/a", None),
    ],
)
def test_domains_are_cut_down_to_the_host(text, expected):
    assert values("companies", f"name,domain\nAcme,{text}\n")["domain"] == expected


@pytest.mark.parametrize(
    "text", ["ü" * 100 + ".example", "acme", "no domain at all", "http://", "a..b", "x" * 300 + ".example"]
)
def test_what_is_no_domain_is_refused(text):
    assert "no web domain" in reasons("companies", f"name,domain\nAcme,{text}\n")["domain"]


def test_campaigns():
    text = 'id,name,type,start date,end date,budget,currency\n9,Spring,Trade Show,2024-03-01,2024-03-31,"5,000.00",$\n'
    result = one("campaigns", text)
    assert result.identity == ("external_id", "9")
    assert result.values == {
        "external_id": "9",
        "name": "Spring",
        "channel": Channel.EVENT,
        "start_on": date(2024, 3, 1),
        "end_on": date(2024, 3, 31),
        "budget": Decimal("5000.00"),
        "currency": "USD",
    }
    ends_early = "name,start date,end date\nSpring,2024-03-31,2024-03-01\n"
    assert "before it starts" in reasons("campaigns", ends_early)["end_on"]
    assert one("campaigns", "name,type\nSpring Fair,\n").identity == ("name", "spring fair")
    assert values("campaigns", "name,currency\nSpring,-\n")["currency"] is None
    assert "no currency" in reasons("campaigns", "name,currency\nSpring,Dollars\n")["currency"]
    assert "below zero" in reasons("campaigns", "name,budget\nSpring,-5\n")["budget"]


# -- touchpoints ------------------------------------------------------------------------------------


def test_touchpoints():
    text = (
        "email,event,timestamp,utm source,utm campaign,page url\n"
        "Ann@site.example,Form Submission,2024-03-01T10:00:00Z,linkedin,spring,https://site.example/demo\n"
    )
    result = one("touchpoints", text)
    assert result.values == {
        "lead_email": "Ann@site.example",
        "kind": TouchpointKind.FORM_SUBMITTED,
        "occurred_at": datetime(2024, 3, 1, 10, tzinfo=UTC),
        "source": "linkedin",
        "campaign": "spring",
        "url": "https://site.example/demo",
        "channel": Channel.ORGANIC_SOCIAL,
    }
    assert result.identity[0] == "fact"
    again = one("touchpoints", text.replace("Ann@", "ann@").replace("10:00:00Z", "11:00:00+01:00"))
    assert again.identity == result.identity
    assert one("touchpoints", text.replace("spring", "autumn")).identity != result.identity


@pytest.mark.parametrize("kind", list(TouchpointKind))
def test_every_kind_of_touchpoint_is_understood_by_value_and_by_label(kind):
    for name in (kind.value, kind.label):
        text = f"id,lead id,kind,date\n1,2,{name},2024-03-01\n"
        assert values("touchpoints", text)["kind"] is kind


def test_touchpoints_that_cannot_be_used():
    assert "no kind of touchpoint" in reasons("touchpoints", "lead id,kind,date\n2,juggling,2024-03-01\n")["kind"]
    assert "must not be empty" in reasons("touchpoints", "lead id,kind,date\n2,-,2024-03-01\n")["kind"]
    nobody = reasons("touchpoints", "id,lead id,kind,date\n1,,chat,2024-03-01\n")
    assert "of its lead" in nobody["lead_external_id"]
    script = "lead id,kind,date,url\n2,chat,2024-03-01,javascript:alert(1)\n"
    assert "no address of a web page" in reasons("touchpoints", script)["url"]
    assert values("touchpoints", script.replace("javascript:alert(1)", "/pricing"))["url"] == "/pricing"
    assert values("touchpoints", script.replace("javascript:alert(1)", "site.example:80/x"))["url"]


# -- deals ------------------------------------------------------------------------------------------


def test_deals_that_were_won():
    text = "mql_id,won_date,business_segment\n5420aad7,2018-02-26 19:58:54,pet\n"
    result = one("deals", text)
    assert result.identity == ("lead_external_id", "5420aad7", "won_at", "2018-02-26T19:58:54+00:00")
    assert result.values == {
        "lead_external_id": "5420aad7",
        "won_at": datetime(2018, 2, 26, 19, 58, 54, tzinfo=UTC),
        "lost_at": None,
        "expected_close_on": None,
        "segment": "pet",
        "stage": "won",
    }


def test_the_closing_date_belongs_to_the_outcome():
    text = (
        "opportunity_id,account,deal_stage,engage_date,close_date,close_value\n"
        "A,Cancity,Won,2016-10-20,2017-03-01,1054\n"
        "B,Isdom,Closed Lost,2016-10-20,2017-03-02,0\n"
        "C,Isdom,Engaging,2016-10-20,2017-06-30,\n"
        "D,,Prospecting,,,\n"
    )
    _, results = parsed("deals", text)
    shown = [
        (found["stage"], found["won_at"], found["lost_at"], found["expected_close_on"], found["amount"])
        for found in (result.values for result in results)
    ]
    assert shown == [
        ("won", datetime(2017, 3, 1, tzinfo=UTC), None, None, Decimal(1054)),
        ("lost", None, datetime(2017, 3, 2, tzinfo=UTC), None, Decimal(0)),
        ("discovery", None, None, date(2017, 6, 30), None),
        ("discovery", None, None, None, None),
    ]
    assert all("closed_at" not in result.values for result in results)


def test_an_open_deal_keeps_its_identity_when_it_is_won():
    opened = one("deals", "lead id,opened,won date\n7,2024-01-01,\n")
    won = one("deals", "lead id,opened,won date\n7,2024-01-01,2024-02-01\n")
    assert opened.identity == won.identity


@pytest.mark.parametrize(
    ("word", "stage"),
    [
        ("Appointment Scheduled", "discovery"),
        ("Proposal/Price Quote", "proposal"),
        ("Negotiation/Review", "negotiation"),
        ("contractsent", "negotiation"),
        ("negotiation", "negotiation"),
        ("Open", "discovery"),
    ],
)
def test_stages_of_common_pipelines(word, stage):
    assert values("deals", f"id,stage\n1,{word}\n")["stage"] == stage


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        ("id,stage\n1,Mystery\n", "stage", "no deal stage: discovery, proposal, negotiation, won, lost"),
        ("id,stage\n1,Won\n", "won_at", "needs the date on which it was won"),
        ("id,stage\n1,Lost\n", "lost_at", "needs the date on which it was lost"),
        ("id,won date,lost date\n1,2024-01-01,2024-01-02\n", "stage", "either won or lost"),
        ("id,stage,won date\n1,Proposal,2024-01-01\n", "stage", "has a date on which the deal ended"),
        ("id,amount\n1,-5\n", "amount", "below zero"),
        ("id,amount\n1,12 %\n", "amount", "percentage"),
        ("id,amount\n1,5000000000000\n", "amount", "larger than any amount"),
        ("id,lead id,opened\n,,2024-01-01\n", "external_id", "needs an external id"),
        ("lead id,opened\n7,\n", "opened_at", "needs the date on which it was opened"),
    ],
)
def test_deals_that_cannot_be_used(text, field, words):
    assert words in reasons("deals", text)[field]


# -- spend and visits -------------------------------------------------------------------------------


def test_spend_of_a_google_ads_report():
    text = """Campaign report
"March 1, 2026 - March 3, 2026"
Day,Campaign,Currency code,Cost,Impr.,Clicks
2026-03-01,Brand,USD,"1,033.335","12,345",321
2026-03-02,"Demand, prospecting",USD,0.01,1,--
Total: Account,,USD,412.31,"1,205",41
"""
    _, results = parsed("spend", text)
    assert [result.identity for result in results] == [
        ("campaign_day", "brand", "2026-03-01"),
        ("campaign_day", "demand, prospecting", "2026-03-02"),
    ]
    # Fractions of a cent are rounded to the even cent.
    assert results[0].values["amount"] == Decimal("1033.34")
    assert results[1].values["clicks"] is None


def test_spend_of_an_american_report_with_the_currency_in_the_heading():
    text = "Gregorian date,Campaign name,Spend (USD)\n9/1/2026,Bing,31.5\n9/2/2026,Bing,28.25\n"
    _, results = parsed("spend", text)
    assert [result.values["spent_on"] for result in results] == [date(2026, 9, 1), date(2026, 9, 2)]
    assert results[0].values["currency"] == "USD"


def test_visits():
    text = "Session default channel group,Sessions,Total users\nOrganic Search,600,400\nDirect,250,\n"
    assert "“Day” (visited_on)" in str(refused_mapping("visits", text))
    _, results = parsed("visits", text, defaults={"visited_on": "20260930"})
    assert results[0].identity == ("day_origin", "2026-09-30", "organic_search", "", "")
    assert results[1].values == {
        "visited_on": date(2026, 9, 30),
        "channel": Channel.DIRECT,
        "source": "",
        "sessions": 250,
        "users": None,
    }
    found = values("visits", "Date,Source / Medium,Sessions\n20260901,google / cpc,33\n")
    assert (found["channel"], found["source"]) == (Channel.PAID_SEARCH, "google / cpc")
    assert "the channel, the source or the campaign" in str(refused_mapping("visits", "Date,Sessions\n20260901,33\n"))


# -- real files, where they are at hand -------------------------------------------------------------

_HERE = Path(__file__).resolve().parents[4]
_REAL = Path(os.environ.get("SMARKETING_DATA", _HERE.parent / "shared" / "data"))
_FILES = {
    "olist/olist_marketing_qualified_leads_dataset.csv": ("leads", 8000),
    "olist/olist_closed_deals_dataset.csv": ("deals", 842),
    "maven_crm/sales_pipeline.csv": ("deals", 8800),
    "maven_crm/accounts.csv": ("companies", 85),
    "ad_cost_exports/google_ads_campaign_report.csv": ("spend", 6),
    "ad_cost_exports/meta_ads_manager.csv": ("spend", 6),
    "ad_cost_exports/microsoft_advertising.csv": ("spend", 2),
}


@pytest.mark.parametrize("name", [name for name in _FILES if (_REAL / name).exists()] or [None])
def test_real_files_go_in_whole_with_the_guessed_mapping(name):
    if name is None:  # the data is not part of the project; the tables above have the same oddities
        return
    kind, count = _FILES[name]
    with (_REAL / name).open("rb") as stream:
        layout = sniff(stream)
        guess = guess_mapping(KINDS[kind], layout.columns)
        parser = compile_rows(KINDS[kind], layout, guess.fields, defaults=guess.defaults)
        results = [parser(row.cells) for row in rows(stream, layout) if not row.error]
    assert [result for result in results if isinstance(result, RowRefused)] == []
    assert len({result.identity for result in results}) == count
    if name.startswith("olist/olist_marketing"):
        origins = Counter(result.values["source"] for result in results)
        assert (origins[""], origins["unknown"], origins["organic_search"]) == (60, 1099, 2296)
