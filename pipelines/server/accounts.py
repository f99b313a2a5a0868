"""Who may do what: accounts of MLflow's sign-in, made where the database is, so that no password of an admin is needed.

MLflow denies what was not granted. Its permissions are per experiment and per registered model, READ, EDIT or MANAGE
("Authentication and authorization" in its documentation); whoever makes one of them manages it.
"""

from __future__ import annotations

import secrets
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pipelines.errors import UsageError

ADMIN = "admin"
ROLES: dict[str, tuple[tuple[str, str], ...]] = {
    "viewer": (("experiment", "READ"), ("registered_model", "READ")),
    "trainer": (("experiment", "EDIT"), ("registered_model", "READ")),
    "promoter": (("experiment", "READ"), ("registered_model", "EDIT")),
    "driver": (("experiment", "EDIT"), ("registered_model", "EDIT")),
    "admin": (),
}
"""What each may, of all experiments and models or of those that are named. A trainer writes runs, and can neither add a
version to a model nor move its alias; a promoter can, and writes no run; a driver, which searches, does both."""


class Accounts:
    """The accounts of one server."""

    def __init__(self, uri: str) -> None:
        """Open the accounts in a migrated database; ``uri`` is its address, with the password."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore
        self._uri = uri
        self._store = SqlAlchemyStore()
        self._store.init_db(uri)

    def names(self) -> list[tuple[str, str]]:
        """Everybody's name, and what they may in words."""
        return [(user.username, self._rights(user)) for user in self._store.list_users()]

    def add(self, name: str, role: str, experiments: Sequence[str], password: str = "") -> str:
        """Make an account; its password, made where none is given.

        Args:
            name: whom it is for.
            role: one of ``ROLES``.
            experiments: the names of those, and of registered models called the same, that it is for; empty: all.
            password: twelve characters at least.

        Raises:
            UsageError: there is one of that name, or MLflow does not take the password, or an experiment is unknown.
        """
        grants = [(kind, where, may) for kind, may in ROLES[role] for where in self._places(kind, experiments)]
        password = password or secrets.token_urlsafe(18)
        with _explained(f"make the account {name}"):
            self._store.create_user(name, password, is_admin=role == ADMIN)
            for kind, where, may in grants:
                self._store.grant_user_permission(name, kind, where, may)
        return password

    def change_password(self, name: str) -> str:
        """A new password for somebody.

        Raises:
            UsageError: there is no such account.
        """
        password = secrets.token_urlsafe(18)
        with _explained(f"change the password of {name}"):
            self._store.update_user(name, password=password)
        return password

    def remove(self, name: str) -> None:
        """Take an account away, with all that was granted to it.

        Raises:
            UsageError: there is none of that name, or it is the last admin.
        """
        admins = [user.username for user in self._store.list_users() if user.is_admin]
        if admins == [name]:
            raise UsageError(f"{name} is the only admin: make another one first")
        with _explained(f"remove the account {name}"):
            self._store.delete_user(name)

    def _places(self, kind: str, experiments: Sequence[str]) -> list[str]:
        if not experiments:
            return ["*"]
        if kind == "registered_model":
            return list(experiments)
        from mlflow import MlflowClient

        client = MlflowClient(tracking_uri=self._uri)
        found = {name: client.get_experiment_by_name(name) for name in experiments}
        missing = [name for name, experiment in found.items() if experiment is None]
        if missing:
            raise UsageError(f"there is no experiment {missing[0]}: an account for it can be made once it exists")
        return [str(experiment.experiment_id) for experiment in found.values() if experiment is not None]

    def _rights(self, user: object) -> str:
        if getattr(user, "is_admin", False):
            return "everything"
        held = {
            f"{grant.resource_type} {grant.resource_pattern}: {grant.permission}"
            for role in self._store.list_user_roles(getattr(user, "id", 0))
            for grant in role.permissions
        }
        return ", ".join(sorted(held)) or "only what it makes itself"


@contextmanager
def _explained(what: str) -> Iterator[None]:
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        said = str(error).split(" Error: ", maxsplit=1)[0]
        raise UsageError(f"cannot {what}: {said}") from error
