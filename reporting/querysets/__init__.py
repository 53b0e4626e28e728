"""Set-based statements of reporting."""
