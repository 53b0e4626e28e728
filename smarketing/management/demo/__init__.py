"""A company with six months of history, told through the same services that people use."""
