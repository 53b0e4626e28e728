"""Composition root and platform of Smarketing."""

from smarketing.celery import app as celery_app

__all__ = ["celery_app"]
