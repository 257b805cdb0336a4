"""What Muster promises, each as a module that prints its figure: `python -m tests.promises.NAME --full`."""
