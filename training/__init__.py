"""Makes the model packs: prepare, train, export, evaluate, sign. Never part of the app."""
