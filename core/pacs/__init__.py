"""A hospital's image archive, over DICOMweb (PS3.18): find a study, fetch it, store documents.

Nothing else in the app imports this package at its start.
"""
