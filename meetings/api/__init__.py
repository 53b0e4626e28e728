"""The API of meetings, a file a subject."""
