"""What each kind of webhook means, one file per family of kinds."""
