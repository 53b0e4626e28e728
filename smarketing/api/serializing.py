"""Serializers that are built once a process: to build one takes longer than to use it."""

from __future__ import annotations

from functools import cache
from typing import Any

from rest_framework.serializers import Serializer


@cache
def _built(serializer: type[Serializer[Any]]) -> Serializer[Any]:
    return serializer()


def read(serializer: type[Serializer[Any]], given: Any) -> dict[str, Any]:
    """What a program sent, validated. Raises ValidationError as `is_valid(raise_exception=True)` does."""
    values: dict[str, Any] = _built(serializer).run_validation(given)
    return values


def written(serializer: type[Serializer[Any]], row: object) -> dict[str, Any]:
    """`row` as the API gives it. For serializers that ask nothing of the request."""
    data: dict[str, Any] = _built(serializer).to_representation(row)
    return data
