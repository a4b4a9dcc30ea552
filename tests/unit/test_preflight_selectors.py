"""What a trail logs by its selectors, judged on the answers of GetEventSelectors."""

import pytest

from orgtrail.preflight.selectors import Logged, logged

NONE, SOME, ALL = Logged


def basic(**selector):
    return {"EventSelectors": [selector]}


def advanced(*fields, name="any"):
    category = {"Field": "eventCategory", "Equals": ["Management"]}
    return {"AdvancedEventSelectors": [{"Name": name, "FieldSelectors": [category, *fields]}]}


DATA = {"Field": "eventCategory", "Equals": ["Data"]}

CASES = {
    "a trail without selectors": ({}, ALL, ALL),
    "empty lists, as an API may answer": ({"EventSelectors": [], "AdvancedEventSelectors": []}, ALL, ALL),
    "the default selector": (basic(ReadWriteType="All", IncludeManagementEvents=True), ALL, ALL),
    "write events alone": (basic(ReadWriteType="WriteOnly", IncludeManagementEvents=True), ALL, NONE),
    "reads alone": (basic(ReadWriteType="ReadOnly", IncludeManagementEvents=True), NONE, ALL),
    "data events alone": (basic(ReadWriteType="All", IncludeManagementEvents=False), NONE, NONE),
    "another source is excluded": (basic(ExcludeManagementEventSources=["kms.amazonaws.com"]), ALL, ALL),
    "the source is excluded": (basic(ExcludeManagementEventSources=["iam.amazonaws.com"]), NONE, NONE),
    "two basic selectors": (
        {"EventSelectors": [{"IncludeManagementEvents": False}, {"ReadWriteType": "WriteOnly"}]},
        ALL,
        NONE,
    ),
    "an advanced selector of any name": (advanced(name="mine"), ALL, ALL),
    "an advanced selector that is named like AWS's, and takes data": (
        {"AdvancedEventSelectors": [{"Name": "Management events selector", "FieldSelectors": [DATA]}]},
        NONE,
        NONE,
    ),
    "advanced, write events alone": (advanced({"Field": "readOnly", "Equals": ["false"]}), ALL, NONE),
    "advanced, all but reads": (advanced({"Field": "readOnly", "NotEquals": ["true"]}), ALL, NONE),
    "advanced, reads alone": (advanced({"Field": "readOnly", "Equals": ["true"]}), NONE, ALL),
    "advanced, the source left out": (
        advanced({"Field": "eventSource", "NotEquals": ["kms.amazonaws.com", "iam.amazonaws.com"]}),
        NONE,
        NONE,
    ),
    "advanced, other sources left out": (
        advanced({"Field": "eventSource", "NotEquals": ["kms.amazonaws.com", "rdsdata.amazonaws.com"]}),
        ALL,
        ALL,
    ),
    "advanced, a beginning that is left out": (advanced({"Field": "eventSource", "NotStartsWith": ["ia"]}), NONE, NONE),
    "advanced, an end that is taken": (advanced({"Field": "eventSource", "EndsWith": [".amazonaws.com"]}), ALL, ALL),
    "advanced, one of two ways of taking": (
        advanced({"Field": "eventSource", "Equals": ["sts.amazonaws.com"], "StartsWith": ["iam."]}),
        ALL,
        ALL,
    ),
    "advanced, some calls alone": (advanced({"Field": "eventName", "Equals": ["CreateUser"]}), SOME, SOME),
    "advanced, but for one role": (
        advanced({"Field": "userIdentity.arn", "NotEquals": ["arn:aws:iam::333333333333:role/ci"]}),
        SOME,
        SOME,
    ),
    "advanced, some calls of another source": (
        advanced(
            {"Field": "eventName", "Equals": ["Decrypt"]}, {"Field": "eventSource", "Equals": ["kms.amazonaws.com"]}
        ),
        NONE,
        NONE,
    ),
    "two advanced selectors": (
        {
            "AdvancedEventSelectors": [
                {"FieldSelectors": [DATA]},
                {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]},
            ]
        },
        ALL,
        ALL,
    ),
}


@pytest.mark.parametrize(("selectors", "writes", "reads"), CASES.values(), ids=CASES)
def test_a_trail_logs_what_its_selectors_take(selectors, writes, reads):
    assert logged(selectors, "aws.iam", read_only=False) is writes
    assert logged(selectors, "aws.iam", read_only=True) is reads
