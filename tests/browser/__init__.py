"""The portal in a real browser: with and without script, in French and English, on a phone and a desk."""
