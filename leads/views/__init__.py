"""The pages of leads, a file a subject."""
