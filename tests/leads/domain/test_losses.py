import pytest

from leads.domain.losses import OTHER, Loss, LossReason, LossRefused, code_of_words, loss_of

AGREED = (
    LossReason("price", "Price"),
    LossReason("gone", "Company is gone", is_active=False),
    LossReason(OTHER, "Something else", needs_note=True),
)


@pytest.mark.parametrize(
    ("given", "note", "loss"),
    [
        ("price", "", Loss("price", "Price")),
        (" PRICE. ", " By half. ", Loss("price", "Price: By half.")),
        ("Merged with a client", "", Loss(OTHER, "Merged with a client")),
        ("Merged", "in May", Loss(OTHER, "Merged: in May")),
        ("Something else", "Merged", Loss(OTHER, "Merged")),
    ],
)
def test_a_loss_names_the_agreed_reason_or_other(given, note, loss):
    assert loss_of(given, note, AGREED) == loss


@pytest.mark.parametrize(
    ("given", "note", "code"),
    [
        ("", "", "reason_missing"),
        ("  ", "words", "reason_missing"),
        ("x" * 201, "", "reason_missing"),
        ("price", "x" * 201, "reason_missing"),
        ("gone", "", "reason_retired"),
        (OTHER, " ", "note_missing"),
    ],
)
def test_a_loss_that_does_not_say_why_is_refused(given, note, code):
    with pytest.raises(LossRefused) as refused:
        loss_of(given, note, AGREED)
    assert refused.value.code == code


def test_words_of_another_system_name_a_reason_or_are_other():
    assert [code_of_words(words, AGREED) for words in ("price", "Company is gone", "Whatever")] == [
        "price",
        "gone",
        OTHER,
    ]
