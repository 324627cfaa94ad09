from services.notification.storage.tables import metadata
from services.platform.database import run_migrations

run_migrations(metadata)
