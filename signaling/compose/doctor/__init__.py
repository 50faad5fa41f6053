"""`bangban doctor`: looks at the server's side of everything and says in plain words what to mend."""
