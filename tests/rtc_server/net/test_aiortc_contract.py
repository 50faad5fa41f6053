"""The private names of aiortc that the media plane stands on; a new minor version must pass here first."""

import inspect
import re
from pathlib import Path

import aiortc
import pytest
from aiortc.rtcdtlstransport import RTCDtlsTransport, State
from aiortc.rtcsctptransport import RTCSctpTransport

import rtc_server

ROOT = Path(rtc_server.__file__).parent


def test_only_two_files_import_aiortc() -> None:
    users = {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        if re.search(r"^\s*(from|import) aiortc", path.read_text(), re.MULTILINE)
    }
    assert users == {"net/dtls.py", "net/sctp.py"}


def test_the_minor_version_is_the_one_we_read() -> None:
    assert aiortc.__version__.split(".")[:2] == ["1", "16"]


@pytest.mark.parametrize("name", ["_set_role", "_register_data_receiver", "_send_data", "start", "stop"])
def test_dtls_transport_has(name: str) -> None:
    assert callable(getattr(RTCDtlsTransport, name))


@pytest.mark.parametrize("name", ["_rx_srtp", "_tx_srtp", "_srtp_profiles", "_ssl", "_role"])
def test_dtls_transport_sets(name: str) -> None:
    assert f"self.{name}" in inspect.getsource(RTCDtlsTransport.__init__)


def test_dtls_states_are_the_ones_we_map() -> None:
    assert {state.name.lower() for state in State} == {"new", "connecting", "connected", "failed", "closed"}


@pytest.mark.parametrize(
    "name",
    [
        "_receive",
        "_data_channel_reset",
        "_data_channel_closed",
        "_set_state",
        "_reset_deferred_streams",
        "_transmit_reconfig",
        "_handle_data",
        "_send",
    ],
)
def test_sctp_transport_has(name: str) -> None:
    assert callable(getattr(RTCSctpTransport, name))


@pytest.mark.parametrize(
    "name",
    [
        "_outbound_queue",
        "_sent_queue",
        "_inbound_streams",
        "_sack_misordered",
        "_reconfig_queue",
        "_reconfig_deferred",
    ],
)
def test_sctp_transport_sets(name: str) -> None:
    assert f"self.{name}" in inspect.getsource(RTCSctpTransport.__init__)


def test_send_takes_what_we_give() -> None:
    parameters = inspect.signature(RTCSctpTransport._send).parameters
    assert list(parameters)[1:] == ["stream_id", "pp_id", "user_data", "expiry", "max_retransmits", "ordered"]
