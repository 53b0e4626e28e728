"""The tables of reporting."""

from reporting.models.rollups import Basis, FunnelBucket, StaleDay
from reporting.models.snapshots import Snapshot

__all__ = ["Basis", "FunnelBucket", "Snapshot", "StaleDay"]
