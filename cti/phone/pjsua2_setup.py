"""PhoneSettings and RegisterAccount in pjsua2's own words. Values follow what was measured with Asterisk 22 (retry every 5 s,
calls dropped when their transport is, RTP port at random: a restarted phone must not inherit a dead call's stream)."""

from __future__ import annotations

import socket
import sys

import pjsua2 as pj

from cti.messages import CALL_KEY_HEADER, PlaceCall, RegisterAccount
from cti.phone.audio.port import FRAME_MS, RATE
from cti.phone.own_address import EVERY, host_of, own_address
from cti.phone.port import PhoneSettings
from cti.phone.sip_text import UnsafeText, name_address, quote_user, safe_header, safe_target

RETRY, FIRST_RETRY = 3, 1  # seconds between two attempts to register with a server that does not answer
HANDSHAKE = 3000  # ms to agree on TLS, with whoever connects to us as well
MAX_CALLS = 3  # ours; the wheel is compiled for 4, and refuses a fifth without telling
PJ_MAX_CALLS = 4

_TRANSPORTS = {"udp": pj.PJSIP_TRANSPORT_UDP, "tcp": pj.PJSIP_TRANSPORT_TCP, "tls": pj.PJSIP_TRANSPORT_TLS}
_SRTP = {"off": pj.PJMEDIA_SRTP_DISABLED, "optional": pj.PJMEDIA_SRTP_OPTIONAL, "mandatory": pj.PJMEDIA_SRTP_MANDATORY}

_WATCHFUL: list[pj.SockOpt] = []
"""A cable that is pulled out says nothing: what shows within seconds that a connection is dead. Four at most, and kept for the life
of the process: the library holds pointers to their values."""
if sys.platform == "linux":
    _WATCHFUL += [
        pj.SockOpt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 5000),  # ms without an acknowledgement
        pj.SockOpt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        pj.SockOpt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 2),  # seconds
        pj.SockOpt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1),
    ]


def endpoint_config() -> pj.EpConfig:
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0  # callbacks only in the thread that polls
    config.uaConfig.mainThreadOnly = False
    config.uaConfig.maxCalls = PJ_MAX_CALLS
    config.uaConfig.userAgent = "Plateau"
    config.logConfig.level = config.logConfig.consoleLevel = 0  # a malformed packet is no line of the log; an assertion is
    media = config.medConfig
    media.clockRate = media.sndClockRate = RATE
    media.channelCount = 1
    media.audioFramePtime = media.ptime = FRAME_MS
    media.noVad = True  # silence suppressed would look like a dead line to rtp_timeout
    media.ecTailLen = 0
    return config


def open_transports(endpoint: pj.Endpoint, settings: PhoneSettings) -> dict[str, str]:
    """Listen as told; the host:port to show of each transport by its name. Raises pj.Error."""
    shown = own_address(settings.bind, settings.server) if settings.bind in EVERY else ""
    names: dict[str, str] = {}
    for kind in settings.transports:
        config = pj.TransportConfig()
        config.boundAddress = "" if settings.bind in EVERY else settings.bind
        config.publicAddress = shown
        config.port = settings.port
        if kind == "tls":
            tls = config.tlsConfig
            tls.CaListFile, tls.certFile, tls.privKeyFile = settings.ca_file, settings.cert_file, settings.key_file
            tls.verifyServer = bool(settings.ca_file)
            tls.verifyClient = tls.requireClientCert = settings.verify_client
            tls.proto = pj.PJ_SSL_SOCK_PROTO_TLS1_2
            tls.msecTimeout = HANDSHAKE
            for option in _WATCHFUL:
                tls.sockOptParams.sockOpts.append(option)
        identity = endpoint.transportCreate(_TRANSPORTS[kind], config)
        names[kind] = str(endpoint.transportGetInfo(identity).localName)
    return names


def order_codecs(endpoint: pj.Endpoint, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Give each codec its place, switch the others off; those really there, in order."""
    order = [name.upper() for name in wanted]
    found = []
    for codec in list(endpoint.codecEnum2()):
        identity = str(codec.codecId)
        name = identity.split("/")[0].upper()
        endpoint.codecSetPriority(identity, 200 - order.index(name) if name in order else 0)
        if name in order:
            found.append(name)
    return tuple(sorted(set(found), key=order.index))


def local_account(settings: PhoneSettings, shown: str) -> pj.AccountConfig:
    """The account of calls without a registrar. `shown`: our address."""
    config = pj.AccountConfig()
    config.idUri = name_address(f"sip:{quote_user(settings.user)}@{_bracketed(shown)}", settings.display_name)
    _common(config, settings, shown)
    return config


def registered_account(order: RegisterAccount, settings: PhoneSettings) -> pj.AccountConfig:
    """Raises UnsafeText when a part of the order cannot be written in SIP."""
    server = order.server
    safe_target(f"sip:{server}")
    if ";" in server or "@" in server:
        raise UnsafeText(f"not a server: {server!r}")
    if order.transport not in settings.transports:
        raise UnsafeText(f"this phone was not opened for {order.transport}")
    config = pj.AccountConfig()
    config.idUri = name_address(f"sip:{quote_user(order.user)}@{host_of(server)}", order.display_name)
    registration = config.regConfig
    registration.registrarUri = f"sip:{server}{transport_parameter(order.transport)}"
    registration.timeoutSec = max(order.expires, 10)
    registration.retryIntervalSec = RETRY
    registration.firstRetryIntervalSec = FIRST_RETRY
    registration.randomRetryIntervalSec = 0
    registration.dropCallsOnFail = True
    config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", order.user, 0, order.password))
    _common(config, settings, own_address(settings.bind, server))
    return config


def transport_parameter(kind: str) -> str:
    return "" if kind == "udp" else f";transport={kind}"


def with_transport(target: str, kind: str) -> str:
    """`target` sent over `kind` when it names no transport itself."""
    return target if ";transport=" in target.lower() or target.lower().startswith("sips:") else target + transport_parameter(kind)


def call_options(status: int = 0) -> pj.CallOpParam:
    """One audio stream, no video; `status` is the SIP code of an answer or refusal."""
    options = pj.CallOpParam(True)
    options.opt.audioCount = 1
    options.opt.videoCount = 0
    options.statusCode = status
    return options


def invite_options(order: PlaceCall, own_uri: str) -> pj.CallOpParam:
    """The INVITE an order asks for, with its headers and the number it presents; raises UnsafeText."""
    options = call_options()
    headers = [safe_header(name, value) for name, value in order.headers.items()]
    if order.call_key:
        headers.append(safe_header(CALL_KEY_HEADER, order.call_key))
    if order.present_number or order.display_name:
        own_user, _, domain = own_uri.rpartition("sip:")[2].rstrip(">").partition("@")
        number = quote_user(order.present_number) if order.present_number else own_user
        presented = name_address(f"sip:{number}@{domain}", order.display_name)
        options.txOption.localUri = presented
        if order.present_number:
            headers.append(("P-Asserted-Identity", presented))
    for name, value in headers:
        header = pj.SipHeader()
        header.hName, header.hValue = name, value
        options.txOption.headers.append(header)
    return options


def _common(config: pj.AccountConfig, settings: PhoneSettings, shown: str) -> None:
    media = config.mediaConfig
    if settings.bind in EVERY:
        media.transportConfig.publicAddress = shown
    else:
        media.transportConfig.boundAddress = settings.bind
    media.transportConfig.port = settings.rtp_port
    media.transportConfig.portRange = settings.rtp_range
    media.transportConfig.randomizePort = True
    media.srtpUse = _SRTP[settings.srtp]
    media.srtpSecureSignaling = 1 if settings.srtp == "mandatory" and settings.transports == ("tls",) else 0
    media.srtpOpt.keyings.append(pj.PJMEDIA_SRTP_KEYING_SDES)
    config.callConfig.holdType = pj.PJSUA_CALL_HOLD_TYPE_RFC3264
    config.natConfig.iceEnabled = False


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address
