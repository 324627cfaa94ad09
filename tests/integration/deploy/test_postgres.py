from pathlib import Path

import asyncpg

from deploy.local.postgres import Postgres
from deploy.local.program import free_ports, running


async def test_a_cluster_whose_creation_was_cut_off_is_created_again(tmp_path: Path) -> None:
    postgres = Postgres(tmp_path, free_ports(1)[0])
    cut_off = postgres.data.with_name("data.partial")
    cut_off.mkdir(parents=True)
    (cut_off / "PG_VERSION").write_text("18")
    async with running(postgres.program(), tmp_path / "postgres.log"):
        connection = await asyncpg.connect(f"{postgres.url}/postgres")
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()
    assert not cut_off.exists()
