"""Inputs of our own draw what Django's draw."""

from html.parser import HTMLParser

from django import forms

from smarketing.web.forms import LongSelect

CHOICES = [("", "None"), ("a&b", "Fish & <chips>"), ("c", "“Quoted”"), ("1", "One")]


class Same(forms.Form):
    plain = forms.ChoiceField(choices=CHOICES)
    long = forms.ChoiceField(choices=CHOICES, widget=LongSelect)


class Parts(HTMLParser):
    """What a browser makes of it: tags with attributes in no order, and texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[object] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, {name: value for name, value in attrs if name not in ("name", "id")}))

    def handle_data(self, data):
        self.found += [data.strip()] if data.strip() else []


def test_a_long_select_is_a_select():
    for value in ("a&b", "", "1"):
        form = Same({"plain": value, "long": value})
        attrs = {"aria-describedby": "x", "autofocus": True}
        drawn = Parts(form["long"].as_widget(attrs=attrs)).found
        assert drawn == Parts(form["plain"].as_widget(attrs=attrs)).found
        assert sum("selected" in part[1] for part in drawn if isinstance(part, tuple)) == 1
