"""The description of the API is complete, and its page runs under the content security policy."""

import re

import pytest
from django.core.management import call_command

pytestmark = pytest.mark.django_db


def test_schema_is_valid_and_without_warnings(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))


def test_schema_needs_no_login_and_knows_refusals(client):
    schema = client.get("/api/schema/?format=json").json()
    post = schema["paths"]["/api/v1/token/"]["post"]
    assert post["responses"]["429"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Error"}
    assert {"Idempotency-Key"} == {parameter["name"] for parameter in post["parameters"]}
    assert schema["components"]["securitySchemes"]["bearer"] == {"type": "http", "scheme": "bearer"}


def test_docs_have_nothing_inline(client):
    response = client.get("/api/docs/")
    page = response.content.decode()
    assert response.status_code == 200
    assert re.findall(r"<script(?![^>]*\ssrc=)", page) == []
    assert "<style" not in page
    assert "unsafe-inline" not in response.headers["Content-Security-Policy"]
    script = re.search(r'src="([^"]*script[^"]*)"', page)[1]
    assert client.get(script).headers["Content-Type"].startswith("application/javascript")
