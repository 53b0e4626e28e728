"""Bringing files in: runs and their life, batches, and one loader for each kind of record.

The page's upload and `import_csv` go the same way: a run is made, its file read in batches, each batch written whole in
one transaction together with how far the run has come. A worker that dies loses at most the batch it was at, and the
next worker goes on from there.
"""

from leads.services.importing.execution import RunResult, execute_run, resume_stalled_runs
from leads.services.importing.preview import preview_run
from leads.services.importing.runs import Choices, cancel_run, create_run, start_run

__all__ = [
    "Choices",
    "RunResult",
    "cancel_run",
    "create_run",
    "execute_run",
    "preview_run",
    "resume_stalled_runs",
    "start_run",
]
