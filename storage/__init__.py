"""The vault: the only room that opens the database."""
