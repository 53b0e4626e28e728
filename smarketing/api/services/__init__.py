"""The one door for writes to what the API keeps."""
