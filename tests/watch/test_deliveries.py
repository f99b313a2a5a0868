"""Deliveries as the hosts document them, with their signatures, and everything that is none."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
from pathlib import Path
from urllib.parse import urlencode

import pytest

from pipelines.watch.deliveries import NO_COMMIT, Ignored, Push, Refused, read_delivery
from tests.watch.processes import SECRET

COMMIT = "a10867b14bb761a232cd80139fbd4c0d33264240"
PUSH = {
    "ref": "refs/heads/main",
    "before": NO_COMMIT,
    "after": COMMIT,
    "repository": {"full_name": "team/wine", "clone_url": "https://git.example.org/team/wine.git"},
    "pusher": {"name": "ada", "email": "ada@example.org"},
}


def signed(body: bytes) -> str:
    """The digest that GitHub, Gitea and Forgejo send."""
    return hmac.new(SECRET, body, hashlib.sha256).hexdigest()


def headers_of(host: str, body: bytes, event: str | None = None) -> dict[str, str]:
    """What each host sends, header names in lower case."""
    match host:
        case "github":
            return {"x-github-event": event or "push", "x-hub-signature-256": f"sha256={signed(body)}"}
        case "gitlab":
            return {"x-gitlab-event": event or "Push Hook", "x-gitlab-token": SECRET.decode()}
        case "gitea":
            github = headers_of("github", body, event)
            return github | {"x-gitea-event": event or "push", "x-gitea-signature": signed(body)}
        case "forgejo":
            gitea = headers_of("gitea", body, event)
            return gitea | {"x-forgejo-event": event or "push", "x-forgejo-signature": signed(body)}
        case _:
            return {"x-autotweak-event": event or "push", "x-autotweak-signature": f"sha256={signed(body)}"}


HOSTS = ("github", "gitlab", "gitea", "forgejo")


@pytest.mark.parametrize("host", HOSTS)
def test_a_push_names_its_branch(host):
    """A signed push event of each host is a push to its branch, a slash in the name included."""
    for branch in ("main", "feature/convolutions"):
        body = json.dumps({**PUSH, "ref": f"refs/heads/{branch}"}).encode()
        assert read_delivery(headers_of(host, body), body, SECRET) == Push(host, (branch,))


def test_githubs_own_example_of_a_signature():
    """The digest is the one in GitHub's documentation for "Hello, World!"."""
    documented = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    headers = {"x-github-event": "ping", "x-hub-signature-256": documented}
    assert isinstance(read_delivery(headers, b"Hello, World!", SECRET), Ignored)


def test_a_form_is_read_as_well():
    """GitHub's other content type holds the JSON in a form field."""
    body = urlencode({"payload": json.dumps(PUSH)}).encode()
    headers = headers_of("github", body) | {"content-type": "application/x-www-form-urlencoded"}
    assert read_delivery(headers, body, SECRET) == Push("github", ("main",))


def test_post_receive_may_push_several_branches():
    """The plain form has a line per ref; tags and deleted branches are left out."""
    lines = f"{NO_COMMIT} {COMMIT} refs/heads/a\n{COMMIT} {NO_COMMIT} refs/heads/b\n{NO_COMMIT} {COMMIT} refs/tags/v1\n"
    body = f"{lines}{NO_COMMIT} {COMMIT} refs/heads/c\n".encode()
    assert read_delivery(headers_of("plain", body), body, SECRET) == Push("plain", ("a", "c"))


@pytest.mark.parametrize(
    ("host", "payload", "event", "reason"),
    [
        ("github", {"zen": "Keep it logically awesome."}, "ping", "ping"),
        ("gitlab", PUSH, "Tag Push Hook", "Tag Push Hook"),
        ("gitea", {**PUSH, "after": NO_COMMIT}, None, "deleted"),
        ("github", {**PUSH, "after": "0" * 64}, None, "deleted"),
        ("forgejo", {**PUSH, "ref": "refs/tags/v1"}, None, "no branch"),
    ],
)
def test_what_asks_for_nothing_is_ignored(host, payload, event, reason):
    """Pings, tags, other events and deleted branches are sound deliveries that start nothing."""
    body = json.dumps(payload).encode()
    found = read_delivery(headers_of(host, body, event), body, SECRET)
    assert isinstance(found, Ignored)
    assert reason in found.reason


@pytest.mark.parametrize("host", [*HOSTS, "plain"])
def test_unsigned_and_wrongly_signed_are_refused(host):
    """Without the signature, with another secret's, or over another body: 401."""
    body = json.dumps(PUSH).encode()
    right = headers_of(host, body)
    event = {key: value for key, value in right.items() if key.endswith("event")}
    wrong = {
        key: value if key in event else value[:-1] + ("0" if value[-1] != "0" else "1") for key, value in right.items()
    }
    for headers in (event, wrong):
        with pytest.raises(Refused) as refused:
            read_delivery(headers, body, SECRET)
        assert refused.value.status == 401
    if host != "gitlab":  # its token says nothing about the body
        with pytest.raises(Refused) as refused:
            read_delivery(right, body + b" ", SECRET)
        assert refused.value.status == 401


def test_a_signature_of_another_host_does_not_count():
    """A request that claims to be Gitea's must be signed as Gitea signs."""
    body = json.dumps(PUSH).encode()
    headers = headers_of("github", body) | {"x-gitea-event": "push"}
    with pytest.raises(Refused) as refused:
        read_delivery(headers, body, SECRET)
    assert refused.value.status == 401


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"{}", b'{"ref": 3, "after": []}', b"[" * 100_000]
)
def test_a_body_that_is_no_push_is_refused(body):
    """A signed body that is not JSON, or not a push event's, gets 400."""
    with pytest.raises(Refused) as refused:
        read_delivery(headers_of("github", body), body, SECRET)
    assert refused.value.status == 400


def test_a_request_of_no_known_host_is_refused():
    """Without an event header nothing is guessed."""
    with pytest.raises(Refused) as refused:
        read_delivery({"content-type": "application/json"}, b"{}", SECRET)
    assert refused.value.status == 400
    assert "x-github-event" in refused.value.reason


def test_the_documented_hook_signs_as_the_service_reads(tmp_path):
    """The shell lines of docs/watch.md, run for real, give a signature that is accepted."""
    hook = (Path(__file__).resolve().parents[2] / "docs" / "watch.md").read_text().split("```sh\n")[1].split("```")[0]
    (tmp_path / "secret").write_bytes(SECRET)
    lines = hook.replace("/etc/autotweak/wine.secret", str(tmp_path / "secret")).split("curl")[0]
    body = f"{NO_COMMIT} {COMMIT} refs/heads/main\n"
    script = lines + 'printf "%s|%s" "$digest" "$body"'
    done = subprocess.run(["sh", "-c", script], input=body, capture_output=True, text=True, check=True)
    digest, _, sent = done.stdout.partition("|")
    headers = {"x-autotweak-event": "push", "x-autotweak-signature": f"sha256={digest}"}
    assert read_delivery(headers, sent.encode(), SECRET) == Push("plain", ("main",))
