"""What `manage.py bench` does: a database of its own, a company of any size in it, and the figures."""
