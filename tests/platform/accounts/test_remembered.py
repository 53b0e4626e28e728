"""A page asks once for what its parts need; nothing is kept beyond it, and nothing while something is written."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from smarketing.accounts.middleware import RememberingMiddleware
from smarketing.accounts.models import Organisation
from smarketing.accounts.remembered import remembered, remembering


def test_a_question_is_asked_once_within_a_memory_and_anew_in_the_next() -> None:
    answers = iter(range(10))
    assert [remembered("n", lambda: next(answers)) for _ in range(2)] == [0, 1]
    with remembering():
        assert [remembered("n", lambda: next(answers)) for _ in range(2)] == [2, 2]
        assert remembered("m", lambda: next(answers)) == 3
    with remembering():
        assert remembered("n", lambda: next(answers)) == 4


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "shown"), [("get", "Before"), ("post", "After")])
def test_only_what_reads_remembers(method: str, shown: str) -> None:
    organisation = Organisation.current()
    Organisation.objects.update(name="Before")

    def answer(request: object) -> HttpResponse:
        Organisation.current()
        Organisation.objects.filter(pk=organisation.pk).update(name="After")
        return HttpResponse(Organisation.current().name)

    request = getattr(RequestFactory(), method)("/")
    assert RememberingMiddleware(answer)(request).content.decode() == shown
    assert Organisation.current().name == "After"
