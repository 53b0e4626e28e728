"""The one door for writes to leads."""
