"""The command line: the same functions as the app, in text and JSON."""
