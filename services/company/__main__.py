"""`python -m services.company`"""

import uvloop

from services.company.server import run
from services.company.settings import CompanySettings
from services.platform.settings import load

uvloop.run(run(load(CompanySettings)))
