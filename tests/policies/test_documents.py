"""Which documents are asked about, and how large they get."""

import inspect

import pytest

from orgtrail import policies
from orgtrail.layout import Layout
from tests.builders import ARCHIVE_ACCOUNT_ID, BUCKET, ORGANIZATION_ID
from tests.policies.cases import cases
from tests.policies.deployment_documents import deployment_documents
from tests.policies.setups import SETUPS

READERS = policies.Readers(("SecurityAudit",), (Layout(),))


def archive_bucket(organization_id, account_ids):
    return policies.archive_bucket(
        "aws",
        bucket=BUCKET,
        layout=Layout(),
        organization_id=organization_id,
        account_ids=account_ids,
        kms_key_arn=f"arn:aws:kms:us-east-1:{ARCHIVE_ACCOUNT_ID}:key/11111111-2222-3333-4444-555555555555",
        break_glass_role=f"arn:aws:iam::{ARCHIVE_ACCOUNT_ID}:role/evidence-custodian",
        readers=READERS,
    )


def archive_key(organization_id, account_ids):
    return policies.archive_key(
        "aws",
        account_id=ARCHIVE_ACCOUNT_ID,
        region="us-east-1",
        bucket=BUCKET,
        organization_id=organization_id,
        account_ids=account_ids,
        readers=READERS,
    )


def characters(make, organization_id, accounts):
    return policies.size(make(organization_id, tuple(f"{number:012}" for number in range(accounts))))


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: setup.name)
def test_every_document_that_orgtrail_makes_is_asked_about(setup):
    made = {
        name
        for name in policies.__all__
        if inspect.isfunction(function := getattr(policies, name))
        and inspect.signature(function).return_annotation is policies.Document
    } - {"document"}

    of_deploying = {name.partition(",")[0] for name in deployment_documents("aws", "us-east-1", None)}

    asked = made if setup.deploys else made - of_deploying
    assert {name.partition(",")[0] for name in setup.made_documents} == asked
    assert set(setup.made_documents) <= {name for case in cases(setup) for name in case.documents}


@pytest.mark.parametrize("make", [archive_bucket, archive_key])
def test_with_an_organization_id_a_document_is_as_long_for_3_accounts_as_for_5000(make):
    assert characters(make, ORGANIZATION_ID, 3) == characters(make, ORGANIZATION_ID, 5_000)


@pytest.mark.parametrize(("make", "times"), [(archive_bucket, 5), (archive_key, 2)])
def test_without_one_it_grows_by_15_characters_for_each_time_an_account_is_listed(make, times):
    assert characters(make, None, 503) - characters(make, None, 3) == 500 * 15 * times
