"""What Bangban does, in terms of ports: asyncio, no sockets, no SQL, no HTTP.

`bundle.build_services(ports, settings)` puts every service together; `compose` chooses the ports' adapters.
"""
