"""The one door for reads of leads, a file a subject."""
