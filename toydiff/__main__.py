"""python -m toydiff is the same as the command toydiff."""

import sys

from .cli import main

sys.exit(main())
