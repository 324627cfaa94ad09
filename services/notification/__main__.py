"""python -m services.notification"""

import uvloop

from services.notification.server import run
from services.notification.settings import Settings
from services.platform.settings import load

if __name__ == "__main__":
    uvloop.run(run(load(Settings)))
