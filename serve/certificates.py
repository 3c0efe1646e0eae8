"""Certificates and keys to sign with: the operator's own, read and checked, or one for tests."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

TEST_NAME = "Lookreel test certificate"
TEST_DAYS = 365
_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What C2PA signs with."""

    chain: bytes
    """PEM, its own certificate first."""
    private_key: bytes
    """PEM (PKCS 8)."""
    algorithm: str
    """By C2PA's name."""


def read_credentials(certificate: str, private_key: str) -> Credentials:
    """The operator's, from two PEM files; a `ValueError` says what is wrong with them."""
    chain, key = _read_chain(certificate), _read_key(private_key)
    _check_pair(chain, key, certificate, private_key)
    return _credentials(chain, key)


def throwaway_credentials() -> Credentials:
    """A chain that nobody trusts, another at every start, so that no key has to be kept."""
    root_key = ec.generate_private_key(ec.SECP256R1())
    own_key = ec.generate_private_key(ec.SECP256R1())
    chain = [
        _certificate(own_key, root_key, is_root=False),
        _certificate(root_key, root_key, is_root=True),
    ]
    return _credentials(b"".join(one.public_bytes(Encoding.PEM) for one in chain), own_key)


def _credentials(chain: bytes, key: PrivateKeyTypes) -> Credentials:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Credentials(chain, pem, _algorithm(key))


def _read_chain(file: str) -> bytes:
    try:
        chain = Path(file).read_bytes()
        x509.load_pem_x509_certificates(chain)
    except (OSError, ValueError) as error:
        raise ValueError(f"certificate {file!r} cannot be read as PEM: {error}") from None
    return chain


def _read_key(file: str) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(Path(file).read_bytes(), password=None)
    except (OSError, TypeError, ValueError) as error:  # TypeError: it needs a password
        raise ValueError(f"private_key {file!r} cannot be read as PEM: {error}") from None


def _check_pair(chain: bytes, key: PrivateKeyTypes, certificate: str, private_key: str) -> None:
    own = x509.load_pem_x509_certificates(chain)[0]
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if own.public_key().public_bytes(*form) != key.public_key().public_bytes(*form):
        raise ValueError(
            f"private_key {private_key!r} is not that of the first certificate in {certificate!r}"
        )
    if own.not_valid_after_utc < datetime.now(UTC):
        raise ValueError(f"certificate {certificate!r} ended on {own.not_valid_after_utc:%Y-%m-%d}")


def _algorithm(key: PrivateKeyTypes) -> str:
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return _CURVES[key.curve.name]
    if isinstance(key, rsa.RSAPrivateKey):
        return "ps256"
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    raise ValueError(
        "private_key is of a kind that content credentials do not take: it must be an elliptic "
        "curve's (P-256, P-384, P-521), RSA or Ed25519"
    )


def _certificate(
    key: ec.EllipticCurvePrivateKey, issuer: ec.EllipticCurvePrivateKey, *, is_root: bool
) -> x509.Certificate:
    now = datetime.now(UTC)
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
         "encipher_only", "decipher_only"), False
    )  # fmt: skip
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name("root" if is_root else "studio"))
        .issuer_name(_name("root"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=TEST_DAYS))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not is_root, key_cert_sign=is_root, crl_sign=is_root, **usage
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), critical=False
        )
    )
    if not is_root:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])  # as C2PA asks
        builder = builder.add_extension(purpose, critical=False)
    return builder.sign(issuer, hashes.SHA256())


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, TEST_NAME),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
