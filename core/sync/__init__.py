"""Delivers results to a FHIR R4 server and brings opinions back. Knows no widgets, no database.

Nothing else in the app imports this package at its start.
"""
