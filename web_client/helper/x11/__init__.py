"""An X11 desktop, by libX11, libXtst, libXi, libXrandr, libXext, libXss and libXft through ctypes."""
