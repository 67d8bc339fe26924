"""`python -m voiceagent` is `voiceagent`."""

import sys

from voiceagent.cli import main

sys.exit(main())
