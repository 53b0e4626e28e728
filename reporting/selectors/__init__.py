"""The one door for reads of reporting, a file a subject."""
