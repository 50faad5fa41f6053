"""Install the oracle's npm packages."""

from tests.rtc_server.parameters.oracle import install

install()
