"""The pages of reporting, a file a subject."""
