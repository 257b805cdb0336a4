"""Before every door: the socket, who may come in, and how much of a request is taken."""
