"""Makes the detector of burned-in text: drawn writing over real images, a small network."""
