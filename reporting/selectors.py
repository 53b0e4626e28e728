"""The one door for reads of reporting."""
