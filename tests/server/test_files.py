"""Artifacts as plain files, the secrets of a stack, and what a bucket's errors say."""

import json
import stat

import pytest
from botocore.stub import Stubber

from pipelines.errors import PlatformError
from pipelines.server.files import Folder, Objects, digest
from pipelines.server.secrets import MADE, kept, make_secrets
from pipelines.sources.s3 import RULE, Bucket, Credentials, checked


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x", ""])
def test_no_name_leads_out_of_the_store(name, tmp_path):
    """A manifest, or a bucket, may hold any name."""
    with pytest.raises(PlatformError, match="leads out of the store"):
        checked(name)
    (tmp_path / "file").write_text("x")
    with pytest.raises(PlatformError, match="leads out of the store"):
        Folder(tmp_path / "store").put(name, tmp_path / "file")


def test_a_folder_gives_back_what_it_was_given(tmp_path):
    """Names come in order, links are none of them, and a removed file leaves no empty folder."""
    store, file = Folder(tmp_path / "store"), tmp_path / "file"
    store.prepare()
    file.write_text("hello")
    store.put("1/a/artifacts/x.txt", file)
    store.put("1/b/y.txt", file)
    (store.root / "1" / "link").symlink_to(file)
    assert list(store.names()) == ["1/a/artifacts/x.txt", "1/b/y.txt"]
    store.get("1/b/y.txt", tmp_path / "back")
    assert digest(tmp_path / "back") == digest(file)
    store.remove("1/a/artifacts/x.txt")
    assert not (store.root / "1" / "a").exists()


def test_secrets_are_made_once_and_are_nobody_elses(tmp_path):
    """A second start makes none; the object store is told the same keys."""
    assert set(make_secrets(tmp_path)) == set(MADE)
    before = {name: (tmp_path / name).read_text() for name in MADE}
    assert make_secrets(tmp_path) == []
    assert {name: (tmp_path / name).read_text() for name in MADE} == before
    assert len(set(before.values())) == len(MADE)
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in MADE} == {0o600}
    (identity,) = json.loads((tmp_path / "s3.json").read_text())["identities"]
    assert identity["credentials"][0]["secretKey"] == before["autotweak_server_s3_secret_key"]


def test_a_kept_secret_stays_the_same(tmp_path):
    """It is made the first time it is asked for."""
    assert kept(tmp_path / "home" / "key") == kept(tmp_path / "home" / "key")


@pytest.fixture
def stubbed():
    """Give a bucket and botocore's own stub of its client: no store that runs here has lifecycle rules."""
    bucket = Bucket.at("s3://team", None, "us-east-1", Credentials("key", "secret"))
    with Stubber(bucket.client) as stub:
        yield bucket, stub


def test_rules_that_a_bucket_has_are_kept(stubbed):
    """Ours is added to them, once: what is put replaces the whole set."""
    bucket, stub = stubbed
    theirs = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 30}}
    stub.add_response("get_bucket_lifecycle_configuration", {"Rules": [theirs]}, {"Bucket": "team"})
    put = {"Bucket": "team", "LifecycleConfiguration": {"Rules": [theirs, RULE]}}
    stub.add_response("put_bucket_lifecycle_configuration", {}, put)
    stub.add_response("get_bucket_lifecycle_configuration", {"Rules": [theirs, RULE]}, {"Bucket": "team"})
    assert bucket.tidy()
    assert bucket.tidy()
    stub.assert_no_pending_responses()


def test_a_store_that_knows_no_rules_may_answer_with_none(stubbed):
    """An answer without rules is one of no rules; that ours cannot be put is not the end of it."""
    bucket, stub = stubbed
    stub.add_response("get_bucket_lifecycle_configuration", {}, {"Bucket": "team"})
    stub.add_client_error("put_bucket_lifecycle_configuration", "NotImplemented")
    assert not bucket.tidy()


@pytest.mark.parametrize("code", ["NotImplemented", "AccessDenied"])
def test_a_bucket_whose_rules_cannot_be_set_is_used_all_the_same(stubbed, code):
    """The store knows none, or the credentials are narrow."""
    bucket, stub = stubbed
    stub.add_client_error("get_bucket_lifecycle_configuration", code)
    assert not bucket.tidy()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("AccessDenied", "these credentials may not do that; check their policy"),
        ("QuotaExceeded", "the store is full; make room"),
        ("NoSuchBucket", "there is no such bucket"),
    ],
    ids=["read-only", "full", "gone meanwhile"],
)
def test_a_bucket_that_cannot_be_written_is_told_before_anything_is_lost(stubbed, code, said):
    """One that can be listed is written to as well, when the server starts."""
    bucket, stub = stubbed
    stub.add_response("list_objects_v2", {}, {"Bucket": "team", "MaxKeys": 1})
    stub.add_client_error("put_object", code)
    with pytest.raises(PlatformError, match=f"cannot write to the bucket team: {said}"):
        Objects(bucket).prepare()


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    """A file in its place, say."""
    (tmp_path / "store").write_text("a file")
    with pytest.raises(PlatformError, match=r"artifacts cannot be kept in .*store/below: Not a directory"):
        Folder(tmp_path / "store" / "below").prepare()


@pytest.mark.parametrize("address", ["bucket/prefix", "https://bucket", "s3://"])
def test_an_address_of_no_bucket_is_refused(address):
    """With what one looks like."""
    with pytest.raises(PlatformError, match="s3://BUCKET/PREFIX"):
        Bucket.at(address, None, None, Credentials())


def test_a_store_that_does_not_answer_is_one_line(unused_port):
    """It names the bucket and the address, and no secret."""
    bucket = Bucket.at("s3://b/p", f"http://127.0.0.1:{unused_port}", "us-east-1", Credentials("key", "secret-value"))
    with pytest.raises(PlatformError, match="cannot reach the bucket b at http://127") as caught:
        bucket.ensure()
    assert "secret-value" not in str(caught.value) + repr(bucket)
