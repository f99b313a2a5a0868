"""To a scheduler and back: TLS, and one line where it does not work."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from pipelines.errors import PlatformError, UsageError
from pipelines.settings import MachineSettings

CONNECT_S = 15.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def security(address: str, machine: MachineSettings) -> Any:
    """Certificates for an address; None for one on this machine itself.

    Raises:
        UsageError: it is no address, would go over the network without TLS, or certificates are missing.
    """
    from distributed.security import Security

    parts = urlsplit(address)
    if parts.scheme not in ("tls", "tcp") or not parts.hostname or parts.port is None:
        raise UsageError(f"{address} is no address of a scheduler: tls://HOST:8786 is")
    if parts.scheme == "tcp":
        if parts.hostname in LOOPBACK:
            return None
        raise UsageError(f"{address} would send pushed code and models unprotected: use tls:// (docs/cluster.md)")
    files = (machine.cluster_ca, machine.cluster_cert, machine.cluster_key)
    names = ("AUTOTWEAK_CLUSTER_CA", "AUTOTWEAK_CLUSTER_CERT", "AUTOTWEAK_CLUSTER_KEY")
    for name, file in zip(names, files, strict=True):
        if file is None or not file.is_file():
            raise UsageError(f"{name} names no file: TLS needs the authority, a certificate and its key")
    ca, cert, key = map(str, files)
    return Security(
        require_encryption=True,
        tls_ca_file=ca,
        tls_client_cert=cert,
        tls_client_key=key,
        tls_worker_cert=cert,
        tls_worker_key=key,
    )


def connect(address: str, machine: MachineSettings) -> Any:
    """A client of the scheduler.

    Raises:
        UsageError: as :func:`security`.
        PlatformError: the scheduler does not answer, or takes another certificate.
    """
    guarded = security(address, machine)
    from distributed import Client

    try:
        return Client(address, security=guarded, timeout=CONNECT_S)  # the default one: actors look for it
    except (TimeoutError, OSError) as error:
        raise PlatformError(unreachable(address, error)) from error


def unreachable(address: str, error: BaseException) -> str:
    """Why a scheduler cannot be used, in one line."""
    cause: BaseException | None = error
    while cause is not None:
        if "certificate" in str(cause).lower() or "ssl" in type(cause).__name__.lower():
            return f"the scheduler at {address} was not trusted, or does not trust us: {cause}; check the certificates"
        cause = cause.__cause__ or cause.__context__
    return f"no scheduler answers at {address}: start one with dask scheduler, or check the address"
