"""The subcommands of `muster`."""
