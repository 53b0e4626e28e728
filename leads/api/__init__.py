"""The API of leads, a file a subject."""
