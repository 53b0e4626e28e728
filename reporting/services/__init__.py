"""The one door for writes to reporting, a file a subject."""
