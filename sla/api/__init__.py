"""The API of sla, a file a subject."""
