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
    assert schema["components"]["securitySchemes"]["bearer"] == {"type": "http", "scheme": "bearer"}


def test_idempotency_key_is_told_of_exactly_where_it_is_heeded(client):
    paths = client.get("/api/schema/?format=json").json()["paths"]

    def tells(path):
        return "Idempotency-Key" in {each["name"] for each in paths[path]["post"].get("parameters", [])}

    posts = [path for path, operations in paths.items() if "post" in operations]
    assert {path for path in posts if not tells(path)} == {"/api/v1/token/"}


def test_an_id_that_is_none_is_not_found(client, admin, api):
    paths = client.get("/api/schema/?format=json").json()["paths"]
    details = [path for path, operations in paths.items() if "get" in operations and path.endswith("{id}/")]
    assert len(details) > 10
    asked = {path: api(admin).get(path.replace("{id}", "abc")).status_code for path in details}
    assert {path: status for path, status in asked.items() if status != 404} == {}


def test_docs_are_drawn_in_the_readers_theme_and_lead_back(client, rep, login):
    page = client.get("/api/docs/").content.decode()
    assert '<html lang="en">' in page
    assert '<a href="/">← Smarketing</a>' in page
    rep.theme = "dark"
    rep.save(update_fields=["theme"])
    page = login(rep).get("/api/docs/").content.decode()
    assert '<html lang="en" data-theme="dark">' in page
    assert "/tokens/" in page


def test_docs_have_nothing_inline(client):
    response = client.get("/api/docs/")
    page = response.content.decode()
    assert response.status_code == 200
    assert re.findall(r"<script(?![^>]*\ssrc=)", page) == []
    assert "<style" not in page
    assert "unsafe-inline" not in response.headers["Content-Security-Policy"]
    script = re.search(r'src="([^"]*script[^"]*)"', page)[1]
    assert client.get(script).headers["Content-Type"].startswith("application/javascript")
