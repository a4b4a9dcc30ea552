"""Which trails bring a pipeline its events, judged on plain answers of CloudTrail."""

import pytest

from orgtrail.preflight.trails import Trail, Wanted, delivery_errors, judge

WRITES = {"EventSelectors": [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]}
KMS = "kms.amazonaws.com"
DENIED = "the role may not (AccessDenied)"
IAM = Wanted("us-east-1", ("aws.iam",), read_only=False)


def a_trail(name="main", selectors=None, *, on=True, status=None, owner="333333333333", home="us-east-1", **described):
    description = {
        "TrailARN": f"arn:aws:cloudtrail:{home}:{owner}:trail/{name}",
        "HomeRegion": home,
        "IsMultiRegionTrail": True,
        "IncludeGlobalServiceEvents": True,
        "S3BucketName": "trails",
    }
    return Trail(description | described, status or {"IsLogging": on}, WRITES if selectors is None else selectors)


def told(trails, wanted=IAM):
    return [(fault.is_known, fault.what) for fault in judge(trails, wanted)]


FINE = {
    "a trail for all regions, of another region": ([a_trail(home="eu-west-1")], IAM),
    "a trail of the region alone": ([a_trail(IsMultiRegionTrail=False)], IAM),
    "the organization's trail": ([a_trail(owner="111111111111", IsOrganizationTrail=True)], IAM),
    "one that is off beside one that is on": ([a_trail(on=False), a_trail("second")], IAM),
    "one that can't be read beside one that does": ([a_trail(selectors=DENIED), a_trail("second")], IAM),
    "sources that different trails log": (
        [
            a_trail(IncludeGlobalServiceEvents=False),
            a_trail("second", {"EventSelectors": [{"ExcludeManagementEventSources": ["kms.amazonaws.com"]}]}),
        ],
        Wanted("us-east-1", ("aws.iam", "aws.kms"), read_only=False),
    ),
    "global events are left out where none occur": (
        [a_trail(IncludeGlobalServiceEvents=False)],
        Wanted("eu-west-1", ("aws.signin",), read_only=False),
    ),
    "reads too, of a trail that logs all": ([a_trail(selectors={})], IAM._replace(read_only=True)),
}


@pytest.mark.parametrize(("trails", "wanted"), FINE.values(), ids=FINE)
def test_nothing_is_told_where_every_event_is_logged(trails, wanted):
    assert told(trails, wanted) == []


FAULTS = {
    "no trail": ([], IAM, "no trail reaches the region"),
    "a trail elsewhere": (
        [a_trail(home="eu-west-1", IsMultiRegionTrail=False)],
        IAM,
        "no trail reaches the region; trail main is in eu-west-1 alone",
    ),
    "off": ([a_trail(on=False)], IAM, "write events aren't logged: trail main is switched off"),
    "off, and its selectors unread": (
        [a_trail(on=False, selectors=DENIED)],
        IAM,
        "write events aren't logged: trail main is switched off",
    ),
    "without the events of global services": (
        [a_trail(IncludeGlobalServiceEvents=False)],
        IAM,
        "write events aren't logged: trail main leaves out the events of global services",
    ),
    "an excluded source": (
        [a_trail(selectors={"EventSelectors": [{"ExcludeManagementEventSources": ["kms.amazonaws.com"]}]})],
        Wanted("us-east-1", ("aws.iam", "aws.kms"), read_only=False),
        "write events of aws.kms aren't logged: trail main leaves them out, by its selectors",
    ),
    "reads are wanted, and not logged": (
        [a_trail()],
        IAM._replace(read_only=True),
        "read-only events aren't logged: trail main leaves them out, by its selectors",
    ),
}


@pytest.mark.parametrize(("trails", "wanted", "what"), FAULTS.values(), ids=FAULTS)
def test_what_keeps_events_away_is_a_fault(trails, wanted, what):
    assert told(trails, wanted) == [(True, what)]


def chosen_calls(**field):
    return {"AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "eventName", **field}]}]}


@pytest.mark.parametrize("field", [{"Equals": ["X"]}, {"NotEquals": ["GetUser"]}])
def test_whether_calls_that_a_selector_leaves_out_matter_is_not_known(field):
    theirs = a_trail(selectors=chosen_calls(**field), owner="111111111111", IsOrganizationTrail=True)

    assert told([theirs]) == [
        (
            False,
            "not known, because whether all write events are logged depends on the call: "
            "the organization's trail main logs some of them only, by its selectors",
        )
    ]


def test_a_source_that_nothing_logs_is_a_fault_beside_one_of_which_some_is():
    kms = chosen_calls(Equals=["Decrypt"])["AdvancedEventSelectors"][0]["FieldSelectors"]
    kms = {"AdvancedEventSelectors": [{"FieldSelectors": [*kms, {"Field": "eventSource", "Equals": [KMS]}]}]}

    assert [
        known for known, _ in told([a_trail(selectors=kms)], Wanted("us-east-1", ("aws.iam", "aws.kms"), False))
    ] == [
        True,
        False,
    ]


def test_a_missing_trail_is_mended_by_orgtrails_own_first():
    (fault,) = judge([], IAM)
    own, aws = fault.mend.split(" Or ")
    assert own == "Let Orgtrail make one: write `trail` into accounts.yaml (docs/trail.md)."
    assert aws.startswith(
        "make a trail for all regions that logs write management events: https://docs.aws.amazon.com/"
    )


@pytest.mark.parametrize("unread", [{"selectors": DENIED}, {"status": DENIED}])
def test_a_trail_that_cant_be_read_is_no_pass_and_its_owner_is_named(unread):
    theirs = a_trail(owner="111111111111", IsOrganizationTrail=True, **unread)

    fault, *others = judge([theirs], IAM)

    assert others == []
    assert not fault.is_known
    assert fault.what == (
        "not known, because whether write events are logged can't be read: "
        "the organization's trail main: the role may not (AccessDenied)"
    )
    assert "111111111111" in fault.mend


def test_a_trail_that_is_off_is_switched_on_by_its_full_arn_in_its_home_region():
    fault, *_ = judge([a_trail(home="eu-west-1", on=False)], IAM)

    assert fault.mend == (
        "aws cloudtrail start-logging --region eu-west-1 --name arn:aws:cloudtrail:eu-west-1:333333333333:trail/main"
    )


def test_a_delivery_that_failed_is_told_of_trails_that_are_on_and_reach_the_region():
    failing = {"LatestDeliveryError": "AccessDenied"}
    trails = [
        a_trail("first", status={"IsLogging": True, **failing}),
        a_trail("off", status={"IsLogging": False, **failing}),
        a_trail("elsewhere", status={"IsLogging": True, **failing}, home="eu-west-1", IsMultiRegionTrail=False),
        a_trail("fine"),
        a_trail("unread", status=DENIED),
    ]

    assert [fault.what for fault in delivery_errors(trails, "us-east-1")] == [
        "trail first couldn't deliver to s3://trails: AccessDenied"
    ]
