"""A study in, a reading out: packs, preprocessing, inference, decision, explanation."""
