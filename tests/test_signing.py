"""Keys and certificates of the operator's own sign, or stop the start with what is wrong."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pydantic import ValidationError

from serve.config import Marking
from serve.marks import Marks
from serve.signing import statement_in
from tests.api import picture

Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def own_certificate(key: Key, *, days: int = 30, usable: bool = True) -> bytes:
    """A chain of one that another authority issued to "Maison Test"."""
    authority = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Maison Test")]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Authority")]))
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), False
        )
    )
    if usable:
        usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        certificate = certificate.add_extension(usage, True).add_extension(purpose, False)
    return certificate.sign(authority, hashes.SHA256()).public_bytes(Encoding.PEM)


def pem(key: Key, form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    return key.private_bytes(Encoding.PEM, form, NoEncryption())


def marking(folder: Path, chain: bytes, key: bytes) -> Marking:
    (folder / "chain.pem").write_bytes(chain)
    (folder / "key.pem").write_bytes(key)
    return Marking(certificate=str(folder / "chain.pem"), private_key=str(folder / "key.pem"))


@pytest.mark.parametrize("kind", ["ES256", "ES384", "PS256", "Ed25519"])
def test_an_operators_own_key_signs(tmp_path: Path, kind: str) -> None:
    keys: dict[str, Key] = {
        "ES256": ec.generate_private_key(ec.SECP256R1()),
        "ES384": ec.generate_private_key(ec.SECP384R1()),
        "Ed25519": ed25519.Ed25519PrivateKey.generate(),
        "PS256": rsa.generate_private_key(65537, 2048),
    }
    key = keys[kind]
    form = PrivateFormat.PKCS8 if kind == "Ed25519" else PrivateFormat.TraditionalOpenSSL
    marks = Marks(marking(tmp_path, own_certificate(key), pem(key, form)))
    assert marks._signature is not None
    signed = marks._signature.sign(picture(), "image/png", title="a", model="m", version="1")
    assert statement_in(signed, "image/png") == ("valid", "Maison Test")
    changed = signed.replace(b"Lookreel", b"Camera 1", 1)
    assert statement_in(changed, "image/png") == ("invalid", "Maison Test")
    assert statement_in(picture(), "image/png") is None


def test_what_cannot_sign_stops_the_start_and_says_why(tmp_path: Path) -> None:
    key, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    chain = own_certificate(key)
    locked = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )
    odd = ec.generate_private_key(ec.SECP256K1())
    for wrong_chain, wrong_key, reason in (
        (b"no certificate", pem(key), "certificate '.*chain.pem' cannot be read as PEM"),
        (chain, b"no key", "private_key '.*key.pem' cannot be read as PEM"),
        (chain, locked, "private_key '.*key.pem' cannot be read as PEM: .*[Pp]assword"),
        (chain, pem(other), "is not that of the first certificate"),
        (own_certificate(key, days=-1), pem(key), "ended on "),
        (own_certificate(key, usable=False), pem(key), "C2PA does not sign with it"),
        (own_certificate(odd), pem(odd), "it must be an elliptic curve's"),
    ):
        with pytest.raises(ValueError, match=reason):
            Marks(marking(tmp_path, wrong_chain, wrong_key))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"certificate '.*none.pem' cannot be read"):
        Marks(Marking(certificate=str(tmp_path / "none.pem"), private_key=str(tmp_path / "k.pem")))


def test_a_certificate_without_its_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="certificate and private_key go together"):
        Marking(certificate="chain.pem")
