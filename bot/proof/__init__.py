"""What stands outside the database so that it can be checked: keys, the anchor file, and the checks themselves."""
