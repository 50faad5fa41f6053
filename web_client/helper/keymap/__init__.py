"""Physical keys by their W3C name, as evdev and as Windows number them."""
