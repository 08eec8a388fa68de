"""Is a message signed as Standard Webhooks says, and nobody else's taken for it?"""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from openspiff.web.actions.webhook_signatures import (
    ForgedMessageError,
    checked_message_id,
    key_of,
    signature,
    signed_headers,
)

# The test vector that the specification publishes with its libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 (published)
MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
SECONDS = 1_614_265_330
BODY = b'{"test": 2432232314}'
AT = SECONDS * 1_000_000


def test_signature_is_that_of_the_published_vector() -> None:
    found = signature(SECRET, message_id=MESSAGE_ID, seconds=SECONDS, body=BODY)
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_signature_is_what_the_definition_says() -> None:
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    said = b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330." + BODY
    digest = base64.b64encode(hmac.digest(key, said, hashlib.sha256)).decode()
    found = signature(SECRET, message_id=MESSAGE_ID, seconds=SECONDS, body=BODY)
    assert found == f"v1,{digest}"


def headers(**said: str) -> dict[str, str]:
    right = signed_headers([SECRET], message_id=MESSAGE_ID, at=AT, body=BODY)
    return right | {name.replace("_", "-"): value for name, value in said.items()}


def test_own_headers_are_taken() -> None:
    found = checked_message_id(headers(), body=BODY, secrets_now=[SECRET], at=AT)
    assert found == MESSAGE_ID


@pytest.mark.parametrize("shift", [-300_000_001, 300_000_001])
def test_message_of_another_time_is_refused(shift: int) -> None:
    with pytest.raises(ForgedMessageError) as caught:
        checked_message_id(headers(), body=BODY, secrets_now=[SECRET], at=AT + shift)
    assert caught.value.problems[0].place == "webhook-timestamp"


@pytest.mark.parametrize("shift", [-300_000_000, 0, 300_000_000])
def test_message_within_five_minutes_is_taken(shift: int) -> None:
    assert checked_message_id(headers(), body=BODY, secrets_now=[SECRET], at=AT + shift)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"webhook_id": "msg_other"}, "webhook-signature"),
        ({"webhook_timestamp": str(SECONDS + 1)}, "webhook-signature"),
        ({"webhook_signature": ""}, "webhook-signature"),
        ({"webhook_signature": "v1,bm90IGl0"}, "webhook-signature"),
        ({"webhook_signature": "v1a,g0hM9SsE"}, "webhook-signature"),
        ({"webhook_signature": "v1,\N{SNOWMAN}"}, "webhook-signature"),
        ({"webhook_id": ""}, "webhook-id"),
        ({"webhook_id": "with blank"}, "webhook-id"),
        ({"webhook_timestamp": "soon"}, "webhook-id"),
        ({"webhook_timestamp": "-5"}, "webhook-id"),
        ({"webhook_timestamp": "9" * 40}, "webhook-id"),
    ],
)
def test_altered_message_is_refused(said: dict[str, str], place: str) -> None:
    with pytest.raises(ForgedMessageError) as caught:
        checked_message_id(headers(**said), body=BODY, secrets_now=[SECRET], at=AT)
    assert caught.value.problems[0].place == place


def test_other_body_is_refused() -> None:
    with pytest.raises(ForgedMessageError):
        checked_message_id(headers(), body=BODY + b" ", secrets_now=[SECRET], at=AT)


def test_two_secrets_sign_side_by_side_and_either_is_taken() -> None:
    other = "whsec_" + base64.b64encode(b"o" * 24).decode()
    both = signed_headers([SECRET, other], message_id=MESSAGE_ID, at=AT, body=BODY)
    assert both["webhook-signature"].count("v1,") == 2
    for one in (SECRET, other):
        assert checked_message_id(both, body=BODY, secrets_now=[one], at=AT)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_c2hvcnQ=", "whsec_!!!", "x" * 400])
def test_what_is_no_secret_signs_nothing(secret: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        key_of(secret)
