"""`python -m speedlab.cli`: the speedlab command where its script is not on the path."""

import sys

from speedlab.cli.main import main

sys.exit(main())
