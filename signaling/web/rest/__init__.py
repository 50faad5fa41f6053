"""The REST side: one table of endpoints from which routes and the OpenAPI document are made."""
