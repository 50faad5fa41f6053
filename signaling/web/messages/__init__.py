"""Every message that crosses the wire, once: commands, events, REST bodies and the views they carry.

The browser's TypeScript types, the protocol page and the OpenAPI document are generated from these models.
"""
