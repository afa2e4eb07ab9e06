"""A hospital's image archive, over DICOMweb (PS3.18): find a study, fetch it, store documents.

Nothing in the app imports ``server`` at its start.
"""
