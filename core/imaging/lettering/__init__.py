"""Find writing burned into a picture: names on ultrasound, scanned films, photographed screens.

The detector is a signed pack of its own, ``models/burned_in_text``. It finds writing and reads
none of it, so it cannot tell a name from a measurement; side markers, arrows, calipers and rulers
it was taught to leave alone.
"""
