"""People and their own things: pages and API of users, teams, the organisation, profiles, tokens, notifications.

Stands on the platform's parts (accounts, the activity log, notifications, web, api) and puts them together; accounts
itself holds who people are and may not know of the log.
"""
