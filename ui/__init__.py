"""What a person sees: the app and the command line. Talks to core and storage only."""
