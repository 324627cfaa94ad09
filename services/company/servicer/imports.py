# ruff: noqa: N802 - gRPC names the methods of a service so.
"""What operators do with the register of companies."""

from typing import Any

from guichet.company.v1 import company_service_pb2 as rpc
from guichet.company.v1.company_service_pb2_grpc import CompanyServiceServicer
from services.company.domain.text import identifier
from services.company.messages import import_row_of, row_error_message, timestamp
from services.company.operations.add_company_import_rows import add_company_import_rows
from services.company.operations.finish_company_import import finish_company_import
from services.company.operations.start_company_import import start_company_import
from services.company.parts import Parts
from services.platform.rpc_context import caller


class ImportRpcs(CompanyServiceServicer):
    parts: Parts

    async def StartCompanyImport(
        self, request: rpc.StartCompanyImportRequest, context: Any
    ) -> rpc.StartCompanyImportResponse:
        import_id, expire_at = await start_company_import(self.parts)
        return rpc.StartCompanyImportResponse(import_id=import_id, expire_time=timestamp(expire_at))

    async def AddCompanyImportRows(
        self, request: rpc.AddCompanyImportRowsRequest, context: Any
    ) -> rpc.AddCompanyImportRowsResponse:
        errors = await add_company_import_rows(
            self.parts, identifier(request.import_id), [import_row_of(row) for row in request.rows]
        )
        return rpc.AddCompanyImportRowsResponse(errors=map(row_error_message, errors))

    async def FinishCompanyImport(
        self, request: rpc.FinishCompanyImportRequest, context: Any
    ) -> rpc.FinishCompanyImportResponse:
        counts = await finish_company_import(
            self.parts,
            identifier(request.import_id),
            dry_run=request.dry_run,
            by=f"service:{caller.get().service}",
        )
        return rpc.FinishCompanyImportResponse(
            created_count=counts.created, updated_count=counts.updated, unchanged_count=counts.unchanged
        )
