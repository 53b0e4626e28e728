"""The one door for writes to leads, a file a subject."""
