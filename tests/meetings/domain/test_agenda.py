"""What comes over, and what comes first. The carrying over follows 4minitz; see semantics, section 7."""

from decimal import Decimal

import pytest

from meetings.domain.agenda import PastTopic, Ranked, TopicKind, carried_over, missing_kinds, ranked


@pytest.mark.parametrize(
    ("discussed", "recurring", "open_action", "comes_again"),
    [
        (False, False, False, True),
        (False, True, False, True),
        (False, False, True, True),
        (False, True, True, True),
        (True, False, False, False),
        (True, True, False, True),
        (True, False, True, True),
        (True, True, True, True),
    ],
)
def test_a_topic_is_carried_over(discussed, recurring, open_action, comes_again):
    assert carried_over([PastTopic(7, discussed, recurring, open_action)]) == ([7] if comes_again else [])


def test_the_most_money_comes_first_and_the_story_last():
    topics = [
        Ranked(1, TopicKind.STORY, Decimal(99)),
        Ranked(2, TopicKind.REJECTIONS, Decimal(500)),
        Ranked(3, TopicKind.OTHER),
        Ranked(4, TopicKind.WINS, Decimal(900)),
        Ranked(5, TopicKind.CAMPAIGNS, None),
        Ranked(6, TopicKind.ACTIONS),
        Ranked(7, TopicKind.LATE, Decimal(500)),
    ]
    assert ranked(topics) == [4, 2, 7, 5, 3, 6, 1]


def test_only_kinds_that_are_not_there_are_added():
    assert missing_kinds(["story", "wins", "late"], {"wins"}) == ["late", "story"]
