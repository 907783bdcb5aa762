"""A certificate authority for the tests, and certificates good and bad."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from servers import program

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


@dataclass(frozen=True)
class Certificate:
    """A PEM certificate with its key."""

    certificate: Path
    key: Path


class Authority:
    """Signs certificates for localhost; ``ca`` is what a client has to trust."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ca = folder / "ca.pem"
        subject = ("-subj", "/CN=maildesk test authority", "-addext", "keyUsage=critical,keyCertSign")
        self._run("req", "-x509", *_KEY, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", *subject)

    def _run(self, *args: str) -> None:
        subprocess.run([program("openssl"), *args], cwd=self.folder, check=True, capture_output=True)

    def certificate(self, name: str, host: str = "localhost", *, days: int = 30) -> Certificate:
        """A certificate for a host; negative days: it has expired."""
        names = f"subjectAltName=DNS:{host}" + (",IP:127.0.0.1" if host == "localhost" else "")
        request = ("-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={host}", "-addext", names)
        self._run("req", "-new", *_KEY, *request)
        signing = ("-CA", "ca.pem", "-CAkey", "ca.key", "-days", str(days), "-copy_extensions", "copy")
        self._run("x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", *signing)
        return Certificate(self.folder / f"{name}.pem", self.folder / f"{name}.key")

    def self_signed(self) -> Certificate:
        """A certificate for localhost that nobody vouches for."""
        names = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        self._run("req", "-x509", *_KEY, "-keyout", "self.key", "-out", "self.pem", "-days", "30", *names)
        return Certificate(self.folder / "self.pem", self.folder / "self.key")
