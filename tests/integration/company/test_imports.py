from guichet.company.v1 import company_service_pb2 as rpc
from guichet.company.v1.company_pb2 import Company
from services.platform.errors import FailedPrecondition, InvalidArgument, NotFound
from tests.integration.company.people import CODE
from tests.integration.company.running import RunningCompany, new_siren, refused


def row(line: int, siren: str | None = None, **columns: str) -> rpc.CompanyImportRow:
    values = {"name": f"Ateliers {line}", "member_code": CODE, "contact_email": "", "city": "Lyon", **columns}
    return rpc.CompanyImportRow(line=line, siren=siren or new_siren(), **values)


class Import:
    def __init__(self, company: RunningCompany) -> None:
        self._cli = company.as_service("cli")
        self.id = ""

    async def start(self) -> "Import":
        self.id = (await self._cli.StartCompanyImport(rpc.StartCompanyImportRequest())).import_id
        return self

    async def add(self, *rows: rpc.CompanyImportRow) -> list[tuple[int, str, str, int]]:
        request = rpc.AddCompanyImportRowsRequest(import_id=self.id, rows=rows)
        errors = (await self._cli.AddCompanyImportRows(request)).errors
        return [(one.line, one.column, one.reason, one.other_line) for one in errors]

    async def finish(self, *, dry_run: bool = False) -> tuple[int, int, int]:
        request = rpc.FinishCompanyImportRequest(import_id=self.id, dry_run=dry_run)
        counts = await self._cli.FinishCompanyImport(request)
        return counts.created_count, counts.updated_count, counts.unchanged_count


async def seen_by_administrator(company: RunningCompany, siren: str, code: str) -> Company:
    person = company.person()
    await person.ask(siren, code)
    answer = await person.call("GetCompany", rpc.GetCompanyRequest(siren=siren))
    seen: Company = answer.company
    return seen


async def test_every_wrong_column_is_named_with_its_reason(company: RunningCompany) -> None:
    one = await Import(company).start()
    siren = new_siren()
    errors = await one.add(
        row(1, siren),
        row(2, "123456789"),
        row(3, f"{siren}00013"),
        row(4, name="  \u00a0"),
        row(5, name="x" * 201),
        row(6, name="<b>Gras</b>", city="a\x00b"),
        row(7, member_code="x"),
        row(8, contact_email="Nom <a@example.com>"),
        row(9, contact_email="a@localhost"),
        row(10, city="x" * 101),
        row(11, siren, contact_email="two@example.com"),
        row(12, "bad", name="", member_code="é", contact_email="a@b@c"),
    )
    assert errors == [
        (2, "siren", "siren_invalid", 0),
        (3, "siren", "siret_given", 0),
        (4, "name", "name_empty", 0),
        (5, "name", "name_too_long", 0),
        (6, "city", "invalid_text", 0),
        (6, "name", "invalid_text", 0),
        (7, "member_code", "member_code_invalid", 0),
        (8, "contact_email", "email_invalid", 0),
        (9, "contact_email", "email_invalid", 0),
        (10, "city", "city_too_long", 0),
        (11, "siren", "siren_duplicate", 1),
        (12, "contact_email", "email_invalid", 0),
        (12, "member_code", "member_code_invalid", 0),
        (12, "name", "name_empty", 0),
        (12, "siren", "siren_invalid", 0),
    ]


async def test_an_error_on_one_line_imports_nothing(company: RunningCompany) -> None:
    one = await Import(company).start()
    rows = [row(line) for line in range(1, 100)]
    rows[56].siren = "123456789"
    assert await one.add(*rows) == [(57, "siren", "siren_invalid", 0)]
    for dry_run in (True, False):
        error = await refused(one.finish(dry_run=dry_run))
        assert (error.reason, type(error)) == ("import_has_errors", FailedPrecondition)
    assert (await refused(company.person().ask(rows[0].siren))).reason == "claim_refused"


async def test_a_corrected_line_replaces_the_wrong_one(company: RunningCompany) -> None:
    one = await Import(company).start()
    assert await one.add(row(1), row(2, "123456789"))
    assert not await one.add(row(2))
    assert await one.finish() == (2, 0, 0)


async def test_the_same_siren_in_two_batches_is_a_duplicate(company: RunningCompany) -> None:
    one, siren = await Import(company).start(), new_siren()
    assert not await one.add(row(1, siren))
    assert await one.add(row(1001, siren)) == [(1001, "siren", "siren_duplicate", 1)]
    assert not await one.add(row(1, siren))
    assert (await refused(one.finish())).reason == "import_has_errors"


async def test_a_repeated_batch_and_a_repeated_end_are_harmless(company: RunningCompany) -> None:
    one, rows = await Import(company).start(), [row(1), row(2)]
    assert not await one.add(*rows)
    assert not await one.add(*rows)
    assert await one.finish() == (2, 0, 0)
    assert await one.finish() == (2, 0, 0)
    assert not await one.add(*rows)
    assert await one.finish() == (2, 0, 0)


async def test_a_dry_run_counts_and_changes_nothing(company: RunningCompany) -> None:
    one, siren = await Import(company).start(), new_siren()
    await one.add(row(1, siren))
    assert await one.finish(dry_run=True) == (1, 0, 0)
    assert (await refused(company.person().ask(siren))).reason == "claim_refused"
    assert await one.finish() == (1, 0, 0)
    assert (await seen_by_administrator(company, siren, CODE)).city == "Lyon"


async def test_a_second_import_updates_what_differs_and_leaves_the_rest(company: RunningCompany) -> None:
    changed, same, left = row(1), row(2), row(3)
    first = await Import(company).start()
    await first.add(changed, same, left)
    await first.finish()
    second = await Import(company).start()
    changed.name, changed.member_code, changed.city = "Nouveau nom", "new-code", "Brest"
    await second.add(changed, same, row(3))
    assert await second.finish() == (1, 1, 1)
    seen = await seen_by_administrator(company, changed.siren, "NEW-CODE")
    assert (seen.name, seen.city) == ("Nouveau nom", "Brest")
    assert (await refused(company.person().ask(changed.siren, CODE))).reason == "claim_refused"
    assert (await seen_by_administrator(company, left.siren, CODE)).name == "Ateliers 3"


async def test_a_batch_over_1000_rows_is_refused(company: RunningCompany) -> None:
    one = await Import(company).start()
    error = await refused(one.add(*(row(line) for line in range(1001))))
    assert (error.reason, type(error)) == ("too_many_rows", InvalidArgument)


async def test_an_import_that_does_not_exist_or_is_over_is_not_found(company: RunningCompany) -> None:
    one = await Import(company).start()
    await one.add(row(1))
    await company.sql("UPDATE company_imports SET expire_at = now() WHERE id = :id", id=one.id)
    for call in (one.add(row(1)), one.finish(), Import(company).finish()):
        assert isinstance(await refused(call), NotFound)


async def test_member_codes_are_not_in_the_database(company: RunningCompany) -> None:
    one, siren = await Import(company).start(), new_siren()
    await one.add(row(1, siren, member_code="Très-Secret 77"), row(2, member_code="TRES-SECRET-78"))
    tables = ("company_import_rows", "companies", "idempotency_keys", "audit_events")
    for table in tables:
        rows = await company.sql(f"SELECT t::text AS written FROM {table} t")  # noqa: S608 - names of ours
        assert not [each for each in rows if "SECRET" in each.written.upper()]
