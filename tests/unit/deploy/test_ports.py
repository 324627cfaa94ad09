import os
import socket

import pytest

from deploy.local.ports import NeededPort, listener_on, require_free


def test_names_a_taken_port_its_purpose_its_variable_and_who_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(SystemExit) as left:
            require_free([NeededPort(port, "the portal", "GUICHET_HTTP_PORT")])
    line = str(left.value.code)
    assert "\n" not in line
    assert f"port {port}, for the portal, is taken" in line
    assert "set GUICHET_HTTP_PORT to another port" in line
    assert f"(process {os.getpid()})" in line


def test_tells_two_parts_that_share_a_port() -> None:
    ports = [
        NeededPort(7301, "the portal", "GUICHET_HTTP_PORT"),
        NeededPort(7301, "identity", "GUICHET_IDENTITY_PORT"),
    ]
    with pytest.raises(SystemExit, match="port 7301 is set for the portal and for identity"):
        require_free(ports)


def test_a_free_port_passes_and_has_no_listener() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    require_free([NeededPort(port, "the portal", "GUICHET_HTTP_PORT")])
    assert listener_on(port) is None
