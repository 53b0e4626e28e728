"""Getting a token, and the page that describes the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.mfa.base.forms import BaseAuthenticateForm
from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import ValidationError
from django.utils.timezone import now
from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from smarketing.accounts.models import User
from smarketing.api.serializing import Asked
from smarketing.api.services.tokens import create_token

TOKEN_LIVES_FOR = timedelta(days=30)


class Credentials(Asked):
    """What a person signs in with."""

    email = serializers.EmailField()
    password = serializers.CharField(trim_whitespace=False, style={"input_type": "password"}, write_only=True)
    code = serializers.CharField(
        required=False, allow_blank=True, help_text="From the authenticator app, where two-step sign-in is on."
    )


class TokenOut(serializers.Serializer[Any]):
    """A token, shown this once."""

    token = serializers.CharField(help_text="Send it as `Authorization: Bearer <token>`.")
    expires_at = serializers.DateTimeField()


class TokenView(APIView):
    """Trades e-mail and password for a token of thirty days.

    Wrong e-mail, wrong password, a deactivated account and a wrong or missing second factor all get the same answer.
    Counts against the same limits as signing in by the browser. Longer-lived tokens are made on the page "API tokens".
    """

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "token"

    @extend_schema(request=Credentials, responses={201: TokenOut}, auth=[])
    def post(self, request: Request) -> Response:
        """A token."""
        given = Credentials(data=request.data)
        given.is_valid(raise_exception=True)
        user = self._person(request, **given.validated_data)
        moment = now()
        expires_at = moment + TOKEN_LIVES_FOR
        _, text = create_token(name="Signed in by password", actor=user, now=moment, expires_at=expires_at)
        return Response({"token": text, "expires_at": expires_at}, status=201)

    @staticmethod
    def _person(request: Request, *, email: str, password: str, code: str = "") -> User:
        """The person, by the same door as the browser's sign-in. Raises a uniform refusal."""
        refusal = serializers.ValidationError(
            {"": ["The e-mail, the password or the code is not right, or the account is not active."]}
        )
        try:
            user: User | None = get_adapter().authenticate(request._request, email=email, password=password)
        except ValidationError as error:  # too many failures
            raise Throttled(detail=" ".join(error.messages)) from error
        if user is None or not user.is_active:
            raise refusal
        if is_mfa_enabled(user) and not BaseAuthenticateForm({"code": code}, user=user).is_valid():
            raise refusal
        return user


class DescribedOnce(SchemaGenerator):
    """Describes the API once a process: it changes with the code only, takes a second, and anybody may ask."""

    def get_schema(self, request: Request | None = None, public: bool = False) -> dict[str, Any]:
        """The document; not to be changed by whoever gets it."""
        key = (self.api_version, get_language(), public)
        if key not in _described:
            _described.clear()  # versions and languages are named by whoever asks, so that only the last is kept
            _described[key] = super().get_schema(request, public)
        return _described[key]


_described: dict[tuple[Any, ...], dict[str, Any]] = {}


class SchemaView(SpectacularAPIView):
    """The API in OpenAPI 3. Open to all: it says what can be asked, and holds nothing of the company's."""

    permission_classes = (AllowAny,)
    generator_class = DescribedOnce


class DocsView(SpectacularSwaggerSplitView):
    """The API to read and try. The split view needs no inline script, which the content security policy forbids."""

    permission_classes = (AllowAny,)
    url_name = "schema"
    template_name = "api/docs.html"
