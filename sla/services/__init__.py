"""The one door for writes to sla, a file a subject."""
