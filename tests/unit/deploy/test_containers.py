"""docker-compose.yml and what it runs, held against the settings and the code. No engine is needed."""

import importlib.util
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from temporalio.api.enums.v1 import IndexedValueType

from deploy.local.temporal import SEARCH_ATTRIBUTES
from services.cli.settings import CliSettings
from services.company.settings import CompanySettings
from services.gateway.settings import GatewaySettings
from services.identity.settings import Settings as IdentitySettings
from services.notification.settings import Settings as NotificationSettings
from services.platform.settings import ProcessSettings
from workflows.settings import WorkerSettings

ROOT = Path(__file__).parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
PROCESSES: dict[str, type[ProcessSettings]] = {
    "identity": IdentitySettings,
    "company": CompanySettings,
    "notification": NotificationSettings,
    "worker": WorkerSettings,
    "gateway": GatewaySettings,
}
OURS: dict[str, type[ProcessSettings]] = {**PROCESSES, "keys": CliSettings, "guichet": CliSettings}
TUNED = [
    (
        "company",
        ("remind_after", "escalate_after", "expire_after", "reminder_cooldown", "max_reminders"),
    ),
    ("notification", ("mail_from", "mail_from_name", "organisation", "support_email")),
    ("gateway", ("allowed_hosts", "trusted_proxies")),
]
VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::[-?]([^}]*))?\}")


def resolved(value: object) -> str:
    """Returns a value with the defaults of its variables, and `secret` where there is none."""
    return VARIABLE.sub(lambda match: match[2] if ":-" in match[0] else "secret", str(value))


def environment(name: str) -> dict[str, str]:
    return {key: resolved(value) for key, value in SERVICES[name].get("environment", {}).items()}


def port_of(settings: ProcessSettings, name: str) -> int:
    return int(getattr(settings, "http_port" if name == "gateway" else f"{name}_port"))


def test_every_process_is_there_and_no_other_runs_our_image() -> None:
    assert {name for name, service in SERVICES.items() if service.get("build")} == set(OURS)


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_runs_a_module_that_exists(name: str) -> None:
    python, option, module = SERVICES[name]["command"]
    assert (python, option) == ("python", "-m")
    main = f"{module}.__main__" if (ROOT / module.replace(".", "/")).is_dir() else module
    assert importlib.util.find_spec(main)


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_field_of_the_settings_and_has_a_value_that_they_take(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = OURS[name]
    fields = {f"GUICHET_{field.upper()}" for field in settings.model_fields}
    assert set(environment(name)) - fields == set()
    for key, value in environment(name).items():
        monkeypatch.setenv(key, value)
    settings()


@pytest.mark.parametrize(("name", "fields"), TUNED)
def test_what_an_organisation_tunes_can_be_set_and_defaults_to_what_the_settings_say(
    name: str, fields: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for field in fields:
        monkeypatch.delenv(f"GUICHET_{field.upper()}", raising=False)
    defaults = PROCESSES[name]()
    example = (ROOT / "deploy" / "example.env").read_text()
    for field in fields:
        variable = f"GUICHET_{field.upper()}"
        assert str(SERVICES[name]["environment"][variable]).startswith(f"${{{variable}:-")
        assert re.search(rf"^# {variable}=\S", example, re.MULTILINE)
        monkeypatch.setenv(variable, environment(name)[variable])
    passed = PROCESSES[name]()
    assert {field: getattr(passed, field) for field in fields} == {
        field: getattr(defaults, field) for field in fields
    }


def test_the_values_of_the_example_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    example = (ROOT / "deploy" / "example.env").read_text()
    values = dict(re.findall(r"^(?:# )?(GUICHET_[A-Z_]+)=(.+)$", example, re.MULTILINE))
    for name, settings in PROCESSES.items():
        for variable in SERVICES[name]["environment"].keys() & values.keys():
            monkeypatch.setenv(variable, values[variable])
        settings()


@pytest.mark.parametrize("name", OURS)
def test_addresses_name_services_and_the_ports_they_listen_on(name: str) -> None:
    listening = {"postgres": "5432", "temporal": "7233", "mailbox": "1025"}
    values = environment(name)
    for key, value in values.items():
        if key.endswith("_HOST"):
            assert value in SERVICES
    assert values.get("GUICHET_TEMPORAL_ADDRESS", "temporal:7233") == f"temporal:{listening['temporal']}"
    assert values.get("GUICHET_DATABASE_URL", "@postgres:5432").endswith("@postgres:5432")
    if "GUICHET_SMTP_PORT" in values:
        assert (values["GUICHET_SMTP_HOST"], values["GUICHET_SMTP_PORT"]) == ("mailbox", listening["mailbox"])


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_is_watched_on_its_own_port_and_started_again(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    told = " ".join(service["healthcheck"]["test"])
    target = "company:7302" if name == "worker" else f"127.0.0.1:{port_of(OURS[name](), name)}"
    assert target in told


def test_only_the_gateway_is_published_and_the_pages_for_ops_on_this_machine_alone() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    everywhere = {
        name
        for name, ports in published.items()
        if not all(str(port).startswith("127.0.0.1:") for port in ports)
    }
    assert everywhere == {"gateway"}
    assert published["gateway"] == ["${GUICHET_HTTP_PORT:-8080}:8080"]
    assert set(published) == {"gateway", "temporal-ui", "mailbox"}
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "temporal", "identity", "company"):
        assert SERVICES[name]["networks"] == ["inside"]
    for name in ("notification", "worker"):
        assert SERVICES[name]["networks"] == ["inside", "edge"]


def test_what_a_service_waits_for_can_happen() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            one_shot = SERVICES[other]["restart"] == "on-failure"
            expected = "service_completed_successfully" if one_shot else "service_healthy"
            assert how["condition"] == expected, (name, other)
            assert one_shot or "healthcheck" in SERVICES[other]


def test_every_file_that_is_mounted_exists_and_every_volume_is_declared() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (ROOT / source).is_file()
            else:
                assert source in COMPOSE["volumes"]


def test_images_name_no_registry_and_a_version() -> None:
    for name, service in SERVICES.items():
        image = service["image"]
        if name not in OURS:
            assert re.fullmatch(r"([a-z]+/)?[a-z-]+:v?\d[\d.]*", image)


def test_the_example_of_variables_has_every_required_one() -> None:
    written = (ROOT / "docker-compose.yml").read_text()
    required = set(re.findall(r"\$\{([A-Z_]+):\?", written))
    example = (ROOT / "deploy" / "example.env").read_text()
    assert required
    assert required <= set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
    known = {match[1] for match in VARIABLE.finditer(written)}
    assert set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE)) <= known


def test_the_namespace_gets_the_search_attributes_that_workflows_use() -> None:
    script = (ROOT / "deploy" / "temporal" / "namespace.sh").read_text()
    created = re.findall(r"--name (\w+) --type (\w+)", script)
    kinds = {
        name: IndexedValueType.Name(kind).removeprefix("INDEXED_VALUE_TYPE_").title()
        for name, kind in SEARCH_ATTRIBUTES.items()
    }
    assert dict(created) == kinds


def test_the_image_takes_what_it_needs_and_runs_as_nobody_in_particular() -> None:
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    copied = [
        shlex.split(line)[1:-1]
        for line in dockerfile.splitlines()
        if line.startswith("COPY") and "--from" not in line
    ]
    for source in {one for sources in copied for one in sources}:
        assert (ROOT / source).exists()
        assert f"!{source}" in ignored
    assert "\nUSER guichet\n" in dockerfile
    assert dockerfile.count("--require-hashes") == 2
