"""The API of people and their own things."""
