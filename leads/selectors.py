"""The one door for reads of leads."""
