"""The one door for reads of meetings, a file a subject."""
