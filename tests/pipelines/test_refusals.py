"""What a tracking server's errors say, in one line."""

import pytest

from pipelines.errors import PlatformError
from pipelines.tracking.refusals import explained

POOL = "HTTPConnectionPool(host='mlflow.example.org', port=5000): Max retries exceeded with url: /api (Caused by "


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        ("API request to endpoint /api failed with error code 401 != 200. Response body: 'You are not'", "password"),
        ("403 Client Error: FORBIDDEN for url: http://x/api", "this account may not do that"),
        (f"API request failed with exception {POOL}ResponseError('too many 500 error responses'))", "answers with 500"),
        (
            f"API request failed with exception {POOL}E('[Errno 111] Connection refused'))",
            "mlflow.example.org:5000 does",
        ),
        ("INVALID_PARAMETER_VALUE: a name\nand more", "log a trial: INVALID_PARAMETER_VALUE: a name"),
    ],
)
def test_an_error_of_the_server_is_one_line(raised, said):
    """With what would help, where that is known."""
    with (
        pytest.raises(PlatformError, match="the tracking server could not log a trial: ") as caught,
        explained("log a trial"),
    ):
        raise OSError(raised)
    assert said in str(caught.value)
    assert "and more" not in str(caught.value)
