"""Work of leads that nobody waits for: a task takes ids, calls one service and returns a count."""

from leads.tasks.imports import resume_imports, run_import

__all__ = ["resume_imports", "run_import"]
