"""Sign-in of the stand-in: the one identity of SeaweedFS's file, whose access key has no colon as Swift's would."""

import json
from pathlib import Path

from swift.common.middleware.tempauth import TempAuth


def filter_factory(global_conf, **conf):
    """Make the filter, as paste.deploy asks for it."""
    (identity,) = json.loads(Path(conf["identities"]).read_text())["identities"]
    (keys,) = identity["credentials"]

    def make(app):
        auth = TempAuth(app, {**global_conf, "user_tracking_tracking": f"{keys['secretKey']} .admin"})
        auth.users[keys["accessKey"]] = auth.users.pop("tracking:tracking")
        return auth

    return make
