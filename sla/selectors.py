"""The one door for reads of sla."""
