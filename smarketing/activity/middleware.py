"""Gives each request its correlation id."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from smarketing.activity import correlation


class CorrelationMiddleware:
    """All log entries of one click share one id, which the response carries too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The response, with the id in `X-Correlation-ID`."""
        with correlation.correlated() as one:
            response = self.get_response(request)
            response["X-Correlation-ID"] = str(one)
            return response
