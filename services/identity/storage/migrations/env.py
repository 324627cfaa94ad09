from services.identity.storage.sign_on_tables import tools
from services.platform.database import run_migrations

run_migrations(tools.metadata)
