"""Figures as plain data: colours by name, a point's address in its `customdata`."""
