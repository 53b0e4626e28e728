"""Companies: the employers of leads."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper

from smarketing.accounts.querysets import OpenToAllQuerySet


class Company(models.Model):
    """An employer. Known by domain or by an external id; the name alone does not identify it."""

    external_id = models.CharField(max_length=200, null=True, blank=True)
    name = models.CharField(max_length=200)
    domain = models.CharField(max_length=253, null=True, blank=True)
    industry = models.CharField(max_length=100, blank=True)
    employees = models.PositiveIntegerField(null=True, blank=True)
    country = models.CharField(max_length=100, blank=True)
    city = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField()

    objects = OpenToAllQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "companies"
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["external_id"], name="company_external_id_unique"),
            models.UniqueConstraint(Lower("domain"), name="company_domain_unique_ci"),
            models.CheckConstraint(condition=~Q(name=""), name="company_name_given"),
        ]
        indexes = [
            models.Index(Lower("name"), name="company_by_name_ci"),
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="company_name_search"),
        ]

    def __str__(self) -> str:
        return self.name
