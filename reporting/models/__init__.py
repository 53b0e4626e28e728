"""The tables of reporting."""

from reporting.models.rollups import Basis, FunnelBucket, FunnelSum, StaleDay
from reporting.models.snapshots import Snapshot

__all__ = ["Basis", "FunnelBucket", "FunnelSum", "Snapshot", "StaleDay"]
