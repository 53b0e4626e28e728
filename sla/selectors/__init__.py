"""The one door for reads of sla, a file a subject."""
