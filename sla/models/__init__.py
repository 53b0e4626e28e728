"""The tables of the agreement."""
