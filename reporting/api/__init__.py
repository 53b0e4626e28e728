"""The API of reporting, a file a subject."""
