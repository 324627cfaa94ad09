"""`python -m deploy.local.mailbox`"""

import uvloop

from deploy.local.mailbox.server import run
from deploy.local.mailbox.settings import Settings
from services.notification.settings import Settings as NotificationSettings
from services.platform.settings import load

if __name__ == "__main__":
    uvloop.run(run(load(Settings), load(NotificationSettings)))
