"""`python -m deploy.local.memo`"""

import uvloop

from deploy.local.memo.server import run
from deploy.local.memo.settings import MemoSettings
from services.platform.settings import load

if __name__ == "__main__":
    uvloop.run(run(load(MemoSettings)))
