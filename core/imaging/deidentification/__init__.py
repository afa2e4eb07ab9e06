"""Take the patient out of a DICOM file that is to leave the clinic (PS3.15 Annex E).

Nothing else in the app imports this package at its start: the standard's table and pydicom take a
while to load.
"""
