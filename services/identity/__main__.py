"""`python -m services.identity`"""

import uvloop

from services.identity.server import run
from services.identity.settings import Settings
from services.platform.settings import load

uvloop.run(run(load(Settings)))
