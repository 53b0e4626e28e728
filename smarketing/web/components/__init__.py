"""The components that pages are made of, a file a kind; `{% load ui %}` has them all."""
