"""`python -m kaibo.site` is `kaibo`."""

import sys

from kaibo.site.cli import main

sys.exit(main())
