"""One page about a reading for a clinician to file: as PDF, as a web page, as text.

The three forms show one model (``content.Page``) and decide nothing themselves.
"""
