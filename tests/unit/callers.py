"""CloudTrail records of every kind of caller, and a named query asked of them."""

import json

from orgtrail import queries
from orgtrail.layout import DEFAULT_LAYOUT
from orgtrail.rehearsal.emulation.sample_events import sample_event
from tests.athena import ALICE, BOB, DATABASE, an_athena, key_of, tables

QUERIES = {query.name: query for query in queries.named_queries(tables(DEFAULT_LAYOUT), DATABASE)}

SESSION_ISSUER = {
    "type": "Role",
    "principalId": "AROAIDPPEZS35WEXAMPLE",
    "arn": f"arn:aws:iam::{ALICE}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef",
    "accountId": ALICE,
    "userName": "AWSReservedSSO_Admin_0123456789abcdef",
}
ROLE_SESSION = {
    "type": "AssumedRole",
    "principalId": "AROAIDPPEZS35WEXAMPLE:alice@example.com",
    "arn": f"arn:aws:sts::{ALICE}:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/alice@example.com",
    "accountId": ALICE,
    "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
    "sessionContext": {
        "sessionIssuer": SESSION_ISSUER,
        "attributes": {"mfaAuthenticated": "false", "creationDate": "2026-11-24T08:00:00Z"},
    },
}
USER_ID = "544894e8-80c1-707f-60e3-3ba6510dfac1"
IDENTITY_CENTER_USER = {
    "type": "IdentityCenterUser",
    "accountId": ALICE,
    "onBehalfOf": {
        "userId": USER_ID,
        "identityStoreArn": f"arn:aws:identitystore::{ALICE}:identitystore/d-9067642ac7",
    },
    "credentialId": "EXAMPLEVHULjJdTUdPJfofVa1sufHDoj7aYcOYcxFVllWR_Whr1fEXAMPLE",
}
IAM_USER = {
    "type": "IAMUser",
    "principalId": "AIDAJ45Q7YFFAREXAMPLE",
    "arn": f"arn:aws:iam::{ALICE}:user/Alice",
    "accountId": ALICE,
    "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
    "userName": "Alice",
}
ROOT = {"type": "Root", "principalId": ALICE, "arn": f"arn:aws:iam::{ALICE}:root", "accountId": ALICE}
UNKNOWN_USER = {
    "type": "IAMUser",
    "accountId": ALICE,
    "accessKeyId": "",
    "userName": "HIDDEN_DUE_TO_SECURITY_REASONS",
}


def call(service, name, **keys):
    """An event of a service, as EventBridge hands it over."""
    return sample_event(
        ALICE, "us-east-1", f"aws.{service}", "AWS API Call via CloudTrail", {"eventName": name, **keys}
    )


def console_login(identity, result="Success", mfa="No", **keys):
    return call(
        "signin",
        "ConsoleLogin",
        eventType="AwsConsoleSignIn",
        userIdentity=identity,
        responseElements={"ConsoleLogin": result},
        additionalEventData={"LoginTo": "https://console.aws.amazon.com", "MobileVersion": "No", "MFAUsed": mfa},
        **keys,
    )


def credential_check(result):
    return call(
        "signin",
        "CredentialVerification",
        eventType="AwsServiceEvent",
        userIdentity=IDENTITY_CENTER_USER,
        additionalEventData={"AuthWorkflowID": "01ad8e4a-75a6-4a4c-8a8e-3c8e0a3c0e4f", "CredentialType": "PASSWORD"},
        serviceEventDetails={"CredentialVerification": result},
        sourceIPAddress="198.51.100.7",
    )


def lines(events):
    return "".join(json.dumps(event) + "\n" for event in events).encode()


def ask(name, events, *values):
    """What a named query answers where the archive holds these events."""
    athena = an_athena({key_of(DEFAULT_LAYOUT, ALICE, "us-east-1"): lines(events)}, DEFAULT_LAYOUT)
    return athena.query(QUERIES[name].sql, values)


ASSIGNMENT = {
    "instanceArn": "arn:aws:sso:::instance/ssoins-1111111111111111",
    "targetId": BOB,
    "targetType": "AWS_ACCOUNT",
    "permissionSetArn": "arn:aws:sso:::permissionSet/ssoins-1111111111111111/ps-1111111111111111",
    "principalType": "USER",
    "principalId": USER_ID,
}
MFA_DEVICE = {"userName": "Alice", "serialNumber": f"arn:aws:iam::{ALICE}:mfa/Alice"}
SCP = {"policyId": "p-examplepolicyid111", "targetId": "ou-examplerootid111-exampleouid111"}
