"""Chainable reads of the tables of leads."""
