"""Telling the managers of both sides where a definition stands: who is to sign, and what is agreed."""

from __future__ import annotations

from django.urls import reverse

from leads.models import DefinitionVersion
from leads.selectors.definitions import SUBJECT
from smarketing.people.services.signing import Document, tell_of_signature
from smarketing.people.services.signing import tell_of_force as tell_managers_of_force


def tell_who_signs_next(version_id: int, side: str) -> None:
    """`side` has signed. Once both have, the version is in force, which is told by itself."""
    tell_of_signature(_document(_version(version_id)), side)


def tell_of_force(version_id: int) -> None:
    """A version is agreed and counts from now on."""
    version = _version(version_id)
    if version.in_force_from is not None:
        said = f"Both sides have signed it. {version.summary}".strip()
        tell_managers_of_force(_document(version), said, now=version.in_force_from)


def _version(version_id: int) -> DefinitionVersion:
    version: DefinitionVersion = DefinitionVersion.objects.select_related("definition").get(pk=version_id)
    return version


def _document(version: DefinitionVersion) -> Document:
    return Document(
        SUBJECT,
        version.pk,
        version.content_hash,
        name=f"{version.definition.get_stage_display()} definition {version.number}",
        url=reverse("leads:definition-detail", args=[version.definition.stage]),
    )
