"""Bytes in, clean samples out: open files into studies, take identity away, judge quality."""
