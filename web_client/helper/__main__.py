"""`python -m web_client.helper`, and the start of the packed program."""

import sys

from web_client.helper.command import main

if __name__ == "__main__":
    sys.exit(main())
