"""The one door for writes to meetings, a file a subject."""
