"""The processes of the service: the only floor that chooses adapters and reads settings into them."""
