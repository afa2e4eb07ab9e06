"""A reading as DICOM objects: a structured report, and a secondary capture of the heat map.

Written with pydicom alone, so that a phone writes what a computer writes. Nothing else in the app
imports this package at its start.
"""
