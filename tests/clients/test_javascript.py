"""The JavaScript clients in Node: what each asserts is in the file of its name in `js/`."""

from __future__ import annotations

import datetime
import ipaddress
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients.conftest import KEY, serving
from tests.clients.speech import CLIPS, recorded
from voiceagent.server.serving import Place

pytestmark = pytest.mark.clients

HERE = Path(__file__).parent / "js"
PATIENCE_S = 90


@pytest.fixture(scope="module")
def node() -> str:
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed")
    if not (HERE / "node_modules").is_dir():
        pytest.skip("the JavaScript clients are not installed: npm ci --prefix tests/clients/js")
    return found


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recordings as bare samples at 24 kHz."""
    folder = tmp_path_factory.mktemp("clips")
    for clip in CLIPS.glob("*.wav"):
        (folder / f"{clip.stem}.pcm").write_bytes(recorded(clip.stem))
    return folder


def run(node: str, script: str, **environment: str) -> None:
    told = subprocess.run(
        [node, HERE / script],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert told.returncode == 0, told.stdout + told.stderr


def test_the_agents_sdk_holds_a_spoken_conversation(node: str, clips: Path, server: str) -> None:
    url = server.replace("http", "ws")
    run(node, "agents_realtime.mjs", VOICEAGENT_URL=url, VOICEAGENT_CLIPS=str(clips))


def test_the_official_client_speaks_over_tls(node: str, clips: Path, tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    place = Place(port=0, keys=(KEY,), certificate=certificate, private_key=key)
    with serving(place) as url:
        run(
            node,
            "openai_ws.mjs",
            VOICEAGENT_URL=url,
            VOICEAGENT_KEY=KEY,
            VOICEAGENT_CLIPS=str(clips),
            NODE_EXTRA_CA_CERTS=certificate,
        )


def self_signed(folder: Path) -> tuple[str, str]:
    """A certificate for 127.0.0.1 that lives for a day, and its key."""
    pytest.importorskip("cryptography")
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(private)
    return str(folder / "certificate.pem"), str(folder / "key.pem")
