"""The notification service's wiring: settings, database, templates, relay, servicer."""

from pathlib import Path

from guichet.notification.v1.notification_service_pb2_grpc import (
    add_NotificationServiceServicer_to_server,
)
from services.notification.envelope import Sender
from services.notification.in_flight import InFlight
from services.notification.operations.send_notifications import Post
from services.notification.rendering import Renderer
from services.notification.servicer import CALLERS, NotificationServicer
from services.notification.settings import Settings
from services.notification.smtp import Relay
from services.notification.storage.ledger import Ledger
from services.platform.connections import open_connections
from services.platform.database import database_url, migrate
from services.platform.logging import configure_logging
from services.platform.rpc_server import serve
from services.platform.service_identity import TrustedServices

SERVICE = "guichet.notification.v1.NotificationService"
SECONDS_TO_FINISH = 3.0
MIGRATIONS = Path(__file__).parent / "storage" / "migrations"


async def run(settings: Settings) -> None:
    """Serves until SIGTERM, and lets the deliveries that are under way end."""
    configure_logging(settings)
    url = database_url(settings, "notification")
    await migrate(url, MIGRATIONS)
    sender = Sender(settings.mail_from_name, settings.mail_from, settings.support_email)
    relay = Relay(settings, sender)
    renderer = Renderer(
        public_url=settings.public_url,
        organisations=settings.organisations,
        support_email=settings.support_email,
    )
    in_flight = InFlight()
    async with open_connections(url, most=2 * settings.database_pool_size) as connections:
        servicer = NotificationServicer(
            post=Post(Ledger(connections), renderer, sender, relay),
            connections=connections,
            in_flight=in_flight,
            delivery_seconds=settings.delivery_seconds,
        )
        try:
            await serve(
                address=f"{settings.bind_host}:{settings.notification_port}",
                callers={SERVICE: CALLERS},
                trusted=TrustedServices(settings.keys_directory),
                register=lambda server: add_NotificationServiceServicer_to_server(servicer, server),
                checks={"database": connections.answer},
                notices={"smtp": relay.answered},
            )
            await in_flight.finish(seconds=SECONDS_TO_FINISH)
        finally:
            await relay.close()
