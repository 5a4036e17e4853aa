"""The files of an exchange and its certificates: what is in them, who may read them, what stays when they are written again."""

from __future__ import annotations

import dataclasses
import re
import ssl
import stat
import subprocess
from pathlib import Path

import pytest

from cti.exchange.asterisk.certificates import CertificatesUnusable, RoomAuthority
from cti.exchange.asterisk.configure import (
    TEMPLATES,
    ConfigureFailed,
    address_of,
    configure,
    keeping_secrets,
    run_folder,
    write_denied,
)
from cti.exchange.asterisk.install import Installation
from cti.exchange.asterisk.modules import MODULES
from cti.exchange.asterisk.plan import ExchangePlan, Mode, Transport, load_plan, new_plan
from tests.cti.asterisk.room_exchange import asterisk


def plan_of(mode: Mode = "exam", transport: Transport = "tls", **changes: object) -> ExchangePlan:
    customers = 1 if mode == "practice" else 0
    plan = new_plan("127.0.0.1", stations=2, juries=1, customers=customers, mode=mode, transport=transport)
    return dataclasses.replace(plan, **changes)  # type: ignore[arg-type]


def written(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted((folder / "etc").iterdir())}


def settings(text: str) -> str:
    """Without comments."""
    return "\n".join(line for line in text.splitlines() if not line.startswith(";"))


def test_readable_by_its_owner_only_and_the_same_again(tmp_path: Path) -> None:
    folder, plan = tmp_path / "exchange", plan_of()
    configure(plan, folder, asterisk())
    modes = {path: stat.S_IMODE(path.lstat().st_mode) for path in folder.rglob("*") if not path.is_symlink()}
    public = {"ca.pem", "serveur.pem"}
    assert [str(path) for path, mode in modes.items() if mode & 0o077 and path.name not in public] == []
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    first = written(folder)
    configure(load_plan(folder), folder, asterisk())
    assert written(folder) == first and load_plan(folder) == plan
    assert not list(folder.rglob("*.new"))


def test_no_place_is_left_open_and_every_template_is_used(tmp_path: Path) -> None:
    configure(plan_of("practice"), tmp_path, asterisk())
    files = written(tmp_path)
    assert not [name for name, text in files.items() if "@{" in text]
    inside = {"empty.conf", "practice.conf"}
    assert {path.name for path in TEMPLATES.glob("*.conf")} - inside <= set(files)
    assert files["modules.conf"].count("\nload = ") == len(MODULES)
    assert not {"http.conf", "ari.conf"} & set(files)
    assert "http" not in settings(files["modules.conf"])


def test_an_exam_has_neither_whisper_nor_barge_nor_a_shared_queue(tmp_path: Path) -> None:
    configure(plan_of("exam"), tmp_path / "exam", asterisk())
    configure(plan_of("practice"), tmp_path / "practice", asterisk())
    exam, practice = written(tmp_path / "exam"), written(tmp_path / "practice")
    for word in ("listening-whisper", "listening-barge", "qw)", "qB)"):
        assert word in practice["extensions.conf"] and word not in exam["extensions.conf"]
    assert "[commune](file)" in practice["queues.conf"] and "commune" not in exam["queues.conf"]
    assert "[client1](place)" in practice["pjsip.conf"] and "client1" not in exam["pjsip.conf"]


def test_encryption_is_mandatory_unless_the_plan_says_plain(tmp_path: Path) -> None:
    configure(plan_of(), tmp_path / "tls", asterisk())
    configure(plan_of(transport="udp"), tmp_path / "udp", asterisk())
    secure, plain = settings(written(tmp_path / "tls")["pjsip.conf"]), settings(written(tmp_path / "udp")["pjsip.conf"])
    assert "protocol = tls" in secure and "media_encryption = sdes" in secure and "media_encryption_optimistic = no" in secure
    assert "udp" not in secure and "method = tlsv1_2" in secure
    assert "protocol = udp" in plain and "media_encryption = no" in plain and "tls" not in plain
    assert not (tmp_path / "udp/certificates/ca.pem").exists()


def test_secrets_are_kept_lines_come_and_go(tmp_path: Path) -> None:
    former = plan_of()
    wider = keeping_secrets(new_plan("localhost", stations=3, juries=0, mode="exam"), former)
    assert wider.stations[:2] == former.stations and len(wider.stations) == 3 and wider.seats == ()
    assert (wider.manager_secret, wider.check, wider.host) == (former.manager_secret, former.check, "localhost")
    configure(former, tmp_path, asterisk())
    configure(wider, tmp_path, asterisk())
    text = written(tmp_path)["pjsip.conf"]
    assert "[poste3](poste)" in text and "jury1" not in text and former.seats[0].password not in text
    plain = keeping_secrets(new_plan("localhost", stations=1, juries=0, transport="udp"), former)
    assert plain.ports.sip == 5060


def test_a_label_cannot_say_more_than_a_name(tmp_path: Path) -> None:
    plan = plan_of()
    evil = 'P" <x>;\n[jury1]\ncontext=station\\ ${SHELL(id)} É'
    configure(dataclasses.replace(plan, stations=(dataclasses.replace(plan.stations[0], label=evil),)), tmp_path, asterisk())
    files = written(tmp_path)
    (line,) = (line for line in files["pjsip.conf"].splitlines() if line.endswith("<poste1>"))
    assert re.fullmatch(r'callerid = "[^"<>\\$;\[\]]* É" <poste1>', line)
    (label,) = (line for line in files["extensions.conf"].splitlines() if line.startswith("LABEL_poste1="))
    assert not set(label) & set('"<>\\$;[]')


def test_the_list_of_the_locked_out_survives_a_new_configuration(tmp_path: Path) -> None:
    configure(plan_of(), tmp_path, asterisk())
    write_denied(tmp_path, ["10.0.0.2", "fd00::2"])
    configure(plan_of(), tmp_path, asterisk())
    assert settings((tmp_path / "etc/acl.conf").read_text()).split() == ["[intrus]", *"deny = 10.0.0.2 deny = fd00::2".split()]


def test_a_deep_folder_still_has_its_control_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("long" * 30) / "exchange"
    configure(plan_of(), deep, asterisk())
    place = run_folder(deep)
    assert len(str(place / "asterisk.ctl")) <= 100 and place.is_dir() and stat.S_IMODE(place.stat().st_mode) == 0o700
    assert run_folder(tmp_path / ("long" * 31) / "exchange") != place
    place.rmdir()
    place.symlink_to(tmp_path)  # somebody else's trap in a folder that all may write
    try:
        with pytest.raises(ConfigureFailed, match="quelqu'un d'autre"):
            configure(plan_of(), deep, asterisk())
    finally:
        place.unlink()


def test_what_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigureFailed, match="file/exchange"):
        configure(plan_of(transport="udp"), tmp_path / "file/exchange", asterisk())
    (tmp_path / "no.wav").write_text("no sound")
    with pytest.raises(ConfigureFailed, match=r"no\.wav"):
        configure(plan_of(), tmp_path / "room", asterisk(), announcement=tmp_path / "no.wav")
    bare = Installation(("asterisk",), tmp_path, tmp_path, "22.0", ours=False)
    with pytest.raises(ConfigureFailed, match="n'a pas ce qu'il faut : res_timing_timerfd"):
        configure(plan_of(), tmp_path / "room", bare)
    with pytest.raises(ConfigureFailed, match="n'est pas connue"):
        address_of("no such host")
    assert address_of("localhost") in ("127.0.0.1", "::1")


def test_an_older_asterisk_gets_the_words_it_knows(tmp_path: Path) -> None:
    older = dataclasses.replace(asterisk(), version="20.11.1")
    configure(plan_of(), tmp_path, older)
    assert "auth_type = userpass" in written(tmp_path)["pjsip.conf"]


# --- certificates ---------------------------------------------------------------------------------------


def openssl(*words: str) -> str:
    return subprocess.run(["openssl", *words], check=True, capture_output=True, text=True, timeout=30).stdout


def test_the_servers_certificate_is_trusted_and_renewed_when_the_host_changes(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    ours = RoomAuthority(folder)
    made = ours.server("192.0.2.7")
    assert "OK" in openssl("verify", "-CAfile", str(ours.ca), "-purpose", "sslserver", str(made.chain))
    shown = openssl("x509", "-in", str(made.chain), "-noout", "-text")
    assert "IP Address:192.0.2.7, DNS:localhost, IP Address:127.0.0.1" in shown
    assert "sha256WithRSAEncryption" in shown and "2048 bit" in shown and "CA:FALSE" in shown
    first = made.chain.read_bytes()
    assert RoomAuthority(folder).server("192.0.2.7").chain.read_bytes() == first
    authority_text = ours.ca_text()
    renewed = RoomAuthority(folder).server("examen.example").chain
    assert renewed.read_bytes() != first and "DNS:examen.example" in openssl("x509", "-in", str(renewed), "-noout", "-text")
    assert RoomAuthority(folder).ca_text() == authority_text
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.glob("*.key")} == {"ca.key": 0o600, "serveur.key": 0o600}


def test_a_desk_gets_its_own_and_a_key_that_does_not_fit_is_replaced(tmp_path: Path) -> None:
    ours = RoomAuthority(tmp_path)
    desk = ours.issue("poste1", ("192.0.2.8", "poste1"))
    assert "OK" in openssl("verify", "-CAfile", str(ours.ca), str(desk.chain))
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(desk.chain, desk.key)
    desk.key.write_bytes(ours.issue("poste2", ("192.0.2.9",)).key.read_bytes())
    again = ours.issue("poste1", ("192.0.2.8", "poste1"))
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(again.chain, again.key)
    again.chain.write_text("rubbish")
    again = ours.issue("poste1", ("192.0.2.8", "poste1"))
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(again.chain, again.key)


def test_another_rooms_certificate_is_not_kept(tmp_path: Path) -> None:
    other = RoomAuthority(tmp_path / "other").server("127.0.0.1")
    ours = RoomAuthority(tmp_path / "ours")
    mine = ours.server("127.0.0.1")
    for path, foreign in ((mine.chain, other.chain), (mine.key, other.key)):
        path.write_bytes(foreign.read_bytes())
    assert "OK" in openssl("verify", "-CAfile", str(ours.ca), str(ours.server("127.0.0.1").chain))


def test_a_damaged_authority_is_named(tmp_path: Path) -> None:
    RoomAuthority(tmp_path)
    (tmp_path / "ca.key").write_text("rubbish")
    with pytest.raises(CertificatesUnusable, match=r"ca\.key ne peut pas servir"):
        RoomAuthority(tmp_path).server("127.0.0.1")
    (tmp_path / "ca.pem").write_text("rubbish")
    with pytest.raises(CertificatesUnusable, match=r"ca\.pem ne peut pas servir"):
        RoomAuthority(tmp_path)
