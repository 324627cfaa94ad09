import asyncpg
from temporalio.client import Client


async def test_postgres_answers(postgres_url: str) -> None:
    connection = await asyncpg.connect(f"{postgres_url}/postgres")
    assert await connection.fetchval("SELECT 1") == 1
    await connection.close()


async def test_temporal_answers(temporal_address: str) -> None:
    client = await Client.connect(temporal_address)
    assert await client.service_client.check_health()
