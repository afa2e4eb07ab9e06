"""Packs that come after the app did: from a static HTTPS folder, or from a file.

Nothing else in the app imports this package at its start.
"""
