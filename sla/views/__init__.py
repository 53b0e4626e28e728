"""The pages of sla, a file a subject."""
