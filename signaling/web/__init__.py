"""HTTP and Socket.IO: messages in, permissions checked, services called, views out."""
