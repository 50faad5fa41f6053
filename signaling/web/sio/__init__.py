"""The Socket.IO side: connections, the command table, and one file of commands per family."""
