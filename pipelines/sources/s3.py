"""The adapter to S3: one bucket, of AWS or of any other store that speaks its protocol."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import urlsplit
from uuid import uuid4

from pipelines.errors import PlatformError, UsageError

ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "MLFLOW_S3_ENDPOINT_URL")
"""Variables that name a store that is not AWS."""
RULE = {
    "ID": "autotweak-incomplete",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
}
"""What was uploaded in part is removed by the store itself."""
NO_RULES = ("NotImplemented", "MethodNotAllowed", "MalformedXML", "AccessDenied", "403")
REASONS = {
    "NoSuchBucket": "there is no such bucket; make it, or name one that exists",
    "404": "it is not there",
    "NoSuchKey": "it is not there",
    "InvalidAccessKeyId": "the access key is not known; check it",
    "SignatureDoesNotMatch": "the secret key does not fit the access key; check both",
    "ExpiredToken": "the credentials have expired; get new ones",
    "AccessDenied": "these credentials may not do that; check their policy",
    "403": "these credentials may not do that; check them and their policy",
    "QuotaExceeded": "the store is full; make room, or raise its quota",
    "XMinioStorageFull": "the store is full; make room, or raise its quota",
    "InsufficientStorage": "the store is full; make room, or raise its quota",
    "ServiceUnavailable": "the store takes nothing now: it may be full, or overloaded",
    "EntityTooLarge": "the store is full, or takes no file of this size",
}


@dataclass(frozen=True)
class Credentials:
    """Who asks. Where both are empty boto3 looks where it always does: environment, profile, the machine's own role."""

    access_key: str = ""
    secret_key: str = field(default="", repr=False)


@dataclass(frozen=True)
class Bucket:
    """One bucket and a prefix in it; keys are relative to the prefix."""

    name: str
    prefix: str = ""
    endpoint: str | None = None
    """``https://host``; None: AWS."""
    region: str | None = None
    credentials: Credentials = Credentials()

    @classmethod
    def at(cls, address: str, endpoint: str | None, region: str | None, credentials: Credentials) -> Bucket:
        """The bucket of ``s3://bucket/prefix``.

        Raises:
            PlatformError: it is no such address.
        """
        parts = urlsplit(address)
        if parts.scheme != "s3" or not parts.netloc:
            raise PlatformError(f"{address} is no address of a bucket: s3://BUCKET/PREFIX is")
        return cls(parts.netloc, parts.path.strip("/"), endpoint, region, credentials)

    @cached_property
    def client(self) -> Any:
        """boto3's client."""
        import boto3
        from botocore.config import Config

        config = Config(
            connect_timeout=10,
            read_timeout=60,
            retries={"mode": "standard", "max_attempts": 3},
            s3={"addressing_style": "path"} if self.endpoint else {},
            request_checksum_calculation="when_required",  # not every store knows the newer checksums
            response_checksum_validation="when_required",
        )
        given = {"aws_access_key_id": self.credentials.access_key, "aws_secret_access_key": self.credentials.secret_key}
        keys = given if self.credentials.access_key else {}
        return boto3.client("s3", endpoint_url=self.endpoint, region_name=self.region, config=config, **keys)

    def ensure(self) -> bool:
        """Make the bucket where there is none; whether it was made.

        Raises:
            PlatformError: the store cannot be reached, or these credentials may not.
        """
        from botocore.exceptions import ClientError

        with self._explained("reach"):
            try:
                self.client.list_objects_v2(Bucket=self.name, MaxKeys=1)  # HEAD would not say what is wrong
            except ClientError as error:
                if error.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
                    raise
            else:
                return False
        with self._explained("make"):
            self.client.create_bucket(Bucket=self.name, **self._place())
        return True

    def _place(self) -> dict[str, Any]:
        here = self.region not in (None, "us-east-1") and not self.endpoint
        return {"CreateBucketConfiguration": {"LocationConstraint": self.region}} if here else {}

    def require_writable(self) -> None:
        """Write a small object and delete it: a bucket that can be read may be full, or read-only.

        Raises:
            PlatformError: it is.
        """
        key = self._key(f".writable-{uuid4().hex}")
        with self._explained("write to"):
            self.client.put_object(Bucket=self.name, Key=key, Body=b"autotweak")
            self.client.delete_object(Bucket=self.name, Key=key)

    def tidy(self) -> bool:
        """Have the store itself remove what was uploaded in part; rules that the bucket has already stay.

        Returns:
            False where the store knows no such rules, or these credentials may not read or set them.

        Raises:
            PlatformError: the store does not answer.
        """
        from botocore.exceptions import ClientError

        with self._explained("set the lifecycle of"):
            try:
                rules = self._rules()
                if RULE["ID"] not in {rule.get("ID") for rule in rules}:
                    kept = {"Rules": [*rules, RULE]}  # a bucket has one set: what is put replaces it
                    self.client.put_bucket_lifecycle_configuration(Bucket=self.name, LifecycleConfiguration=kept)
            except ClientError as error:
                if error.response["Error"]["Code"] in NO_RULES:
                    return False
                raise
        return True

    def _rules(self) -> list[dict[str, Any]]:
        from botocore.exceptions import ClientError

        try:
            answer = self.client.get_bucket_lifecycle_configuration(Bucket=self.name)
            return list(answer.get("Rules", ()))  # a store without rules may say so by leaving them out
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchLifecycleConfiguration":
                return []
            raise

    def sizes(self, below: str = "") -> Iterator[tuple[str, int]]:
        """Keys and their sizes in bytes.

        Raises:
            PlatformError: they cannot be listed.
        """
        with self._explained("list"):
            for page in self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.name, Prefix=self._key(below)
            ):
                for item in page.get("Contents", []):
                    yield item["Key"][len(self._key("")) :], item["Size"]

    def get(self, key: str, into: Path | BinaryIO) -> None:
        """Download an object, into a file at a path or one that is open.

        Raises:
            PlatformError: it cannot be read.
        """
        with self._explained(f"read {key} of"):
            if isinstance(into, Path):
                self.client.download_file(self.name, self._key(key), str(into))
            else:
                self.client.download_fileobj(self.name, self._key(key), into)

    def put(self, key: str, file: Path) -> None:
        """Upload a file.

        Raises:
            PlatformError: it cannot be written.
        """
        with self._explained(f"write {key} to"):
            self.client.upload_file(str(file), self.name, self._key(key))

    def remove(self, key: str) -> None:
        """Delete an object; one that is not there is fine.

        Raises:
            PlatformError: these credentials may not.
        """
        with self._explained(f"delete {key} of"):
            self.client.delete_object(Bucket=self.name, Key=self._key(key))

    def _key(self, key: str) -> str:
        return f"{self.prefix}/{key}" if self.prefix else key

    @contextmanager
    def _explained(self, what: str) -> Iterator[None]:
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError

        where = f"the bucket {self.name}" + (f" at {self.endpoint}" if self.endpoint else "")
        try:
            yield
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            said = REASONS.get(code) or str(error.response.get("Error", {}).get("Message") or code)
            raise PlatformError(f"cannot {what} {where}: {said}") from error
        except (BotoCoreError, Boto3Error) as error:
            raise PlatformError(f"cannot {what} {where}: {error}") from error


def download(address: str, folder: Path) -> Path:
    """Copy what is at ``s3://bucket/key`` into a folder: one object, or all that lie below the key.

    Credentials, region and endpoint are what boto3 finds: environment, profile, the machine's own role.

    Returns:
        The file, or the folder.

    Raises:
        UsageError: there is nothing at that address.
        PlatformError: the bucket cannot be read.
    """
    endpoint = next(filter(None, (os.environ.get(name) for name in ENDPOINTS)), None)
    whole = Bucket.at(address, endpoint, None, Credentials())
    bucket, key = replace(whole, prefix=""), whole.prefix
    found = [name for name, _ in bucket.sizes(key) if name == key or (not key or name.startswith(f"{key}/"))]
    if key in found:
        bucket.get(key, folder / PurePosixPath(key).name)
        return folder / PurePosixPath(key).name
    names = [name for name in found if not name.endswith("/")]
    if not names:
        raise UsageError(f"{address}: the bucket has nothing of that name")
    root = folder / (PurePosixPath(key).name or bucket.name)
    for name in names:
        path = root / checked(name[len(key) :].lstrip("/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        bucket.get(name, path)
    return root


def checked(name: str) -> str:
    """A name that stays below its root.

    Raises:
        PlatformError: it does not.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise PlatformError(f"{name!r} is no name of an artifact: it leads out of the store")
    return name
