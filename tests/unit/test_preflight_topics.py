"""How topics are asked about, with stand-ins for AWS."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from orgtrail.aws import ManyAccounts
from orgtrail.preflight.topics import Topics
from tests.builders import ACCOUNT_ID, an_account, settings

ACCOUNT = an_account()
ARN = f"arn:aws:sns:us-east-1:{ACCOUNT_ID}:alarms"


class Session:
    """Stands for a session and for SNS: it answers once it is released."""

    account_id = ACCOUNT_ID

    def __init__(self, answer):
        self.released = threading.Event()
        self.calls = []
        self._answer = answer

    def client(self, *of):
        assert of == ("sns", "us-east-1")
        return self

    def get_topic_attributes(self, **about):
        self.calls.append(about["TopicArn"])
        self.released.wait(30)
        if isinstance(self._answer, Exception):
            raise self._answer
        return {"Attributes": self._answer}


def asked_at_once(session, accounts=8):
    topics = Topics(settings(ACCOUNT), ManyAccounts())
    with ThreadPoolExecutor(accounts) as pool:
        asking = [pool.submit(topics.topic, ARN, ACCOUNT, session) for _ in range(accounts)]
        session.released.set()
        return [(one.exception(), None if one.exception() else one.result()) for one in asking]


def test_many_accounts_at_once_ask_once():
    session = Session({"Policy": json.dumps({"Statement": []}), "SubscriptionsConfirmed": "2"})
    answers = asked_at_once(session)

    assert session.calls == [ARN]
    assert [(topic.arn, topic.has_subscribers, topic.key) for _, topic in answers] == [(ARN, True, None)] * 8


@pytest.mark.parametrize("code", ["NotFound", "NotFoundException"])
def test_one_that_is_not_there_is_none_by_either_of_the_codes_that_sns_has_for_it(code):
    session = Session(ClientError({"Error": {"Code": code}}, "GetTopicAttributes"))

    assert asked_at_once(session, 1) == [(None, None)]


def test_a_refusal_is_told_to_each_account_and_asked_for_once():
    refusal = ClientError({"Error": {"Code": "AuthorizationError"}}, "GetTopicAttributes")
    session = Session(refusal)
    answers = asked_at_once(session)

    assert session.calls == [ARN]
    assert answers == [(refusal, None)] * 8


def frames_of_a_refusal(topics, session):
    with pytest.raises(ClientError) as told:
        topics.topic(ARN, ACCOUNT, session)
    return len(told.traceback)


def test_a_refusal_holds_nothing_of_the_accounts_that_it_was_told_before():
    session = Session(ClientError({"Error": {"Code": "AuthorizationError"}}, "GetTopicAttributes"))
    session.released.set()
    topics = Topics(settings(ACCOUNT), ManyAccounts())
    frames_of_a_refusal(topics, session)

    assert frames_of_a_refusal(topics, session) == frames_of_a_refusal(topics, session)
