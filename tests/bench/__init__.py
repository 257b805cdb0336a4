"""What Muster is worth in figures. Not part of the suite, but for a smoke test that looks at no time."""
