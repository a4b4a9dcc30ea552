"""What AWS may be like so that nothing arrives, before there is anything of Orgtrail in it."""

from functools import partial

from tests.silence.way import PROBE, Caught, On, Section, Way

_preflight = partial(Caught, "preflight")
_sync = partial(Caught, "accounts sync --check")
_answered = partial(Caught, "preflight", on=On.ANSWER)

IN_THE_TRAIL = Section(
    "In the trail",
    (
        Way(
            "no-trail",
            "No trail, neither the account's nor the organization's",
            "Everything deploys. EventBridge gets of CloudTrail only what a trail logs",
            (_preflight("no trail reaches the region"), PROBE),
        ),
        Way(
            "trail-not-deployed",
            "accounts.yaml asks for a [trail](trail.md), and its stack was never deployed",
            "As without a trail",
            (_preflight("no trail reaches the region; the stack trail makes one"),),
        ),
        Way(
            "trail-off",
            "The trail is switched off",
            "As without a trail",
            (_preflight("write events aren't logged: trail main is switched off"), PROBE),
        ),
        Way(
            "trail-elsewhere",
            "The trail is one of another region alone",
            "Nothing arrives from the others",
            (_preflight("no trail reaches the region"), PROBE),
        ),
        Way(
            "write-events-excluded",
            "The trail logs reads alone",
            "No change arrives",
            (_preflight("write events aren't logged: trail main leaves them out, by its selectors"), PROBE),
        ),
        Way(
            "management-events-excluded",
            "The trail logs data events alone, by a selector that is called as AWS calls that of management events",
            "Nothing arrives",
            (_preflight("write events aren't logged: trail main leaves them out, by its selectors"), PROBE),
        ),
        Way(
            "event-source-excluded",
            "The trail excludes an event source (`ExcludeManagementEventSources`)",
            "Nothing of that source arrives",
            (_preflight("write events of aws.kms aren't logged: trail main leaves them out, by its selectors"),),
        ),
        Way(
            "event-source-excluded-by-an-advanced-selector",
            "The same, by an advanced selector (`eventSource` `NotEquals`)",
            "Nothing of that source arrives",
            (_preflight("write events of aws.iam aren't logged: trail main leaves them out, by its selectors"), PROBE),
        ),
        Way(
            "reads-excluded",
            "`include_read_only` is set, and the trail logs writes alone",
            "Changes arrive, `Get…`, `List…` and `AssumeRole` don't",
            (_preflight("read-only events aren't logged: trail main leaves them out, by its selectors"),),
        ),
        Way(
            "global-events-excluded",
            "The trail leaves out the events of global services",
            "Nothing of IAM arrives",
            (
                _preflight(
                    "write events of aws.iam aren't logged: trail main leaves out the events of global services"
                ),
                PROBE,
            ),
        ),
        Way(
            "some-calls-excluded",
            "An advanced selector chooses calls (`eventName`), users or the like",
            "Those that it leaves out don't arrive",
            (_preflight("not known, because whether all write events are logged depends on the call"),),
        ),
        Way(
            "trail-unreadable",
            "The trail is another account's, and its selectors can't be read",
            "Whether anything can arrive isn't known, which is no pass",
            (_answered("not known, because whether write events are logged can't be read: trail main"),),
        ),
        Way(
            "trail-not-looked-after",
            "The trail can't write to its own bucket",
            "Nothing yet. Somebody will remove or replace it",
            (_answered("trail main couldn't deliver to s3://trail-333333333333: AccessDenied"),),
        ),
    ),
)

IN_THE_ACCOUNT = Section(
    "In the account and its organization",
    (
        Way(
            "role-not-assumable",
            "The role that deploys can't be assumed: it isn't there, doesn't trust, or the account is closed",
            "The stack isn't deployed",
            (_answered("arn:aws:iam::444444444444:role/deployer can't be assumed (AccessDenied:"),),
        ),
        Way(
            "role-denied-by-the-organization",
            "A service control policy denies it",
            "The stack isn't deployed, and no change of the role helps",
            (_answered("can't be assumed: a service control policy of the organization denies it"),),
        ),
        Way(
            "wrong-account",
            "The entry's role leads to another account",
            "The stack isn't deployed. If it were, its prefix would be another account's",
            (_preflight("the credentials are those of account 333333333333"),),
        ),
        Way(
            "another-organization",
            "`organization.id` is another organization's",
            "The policies of the archive's bucket and key let no account in",
            (
                _preflight(
                    "the account is in organization o-another0000, not in o-a1b2c3d4e5, which organization.id names"
                ),
                _sync("which is in organization … and not in o-another0000, which organization.id names"),
            ),
        ),
        Way(
            "left-the-organization",
            "The account has left the organization, or was closed, since it was added",
            "The policies of the archive's bucket and key don't let it in any more",
            (
                _preflight("the account is in no organization, and organization.id names o-a1b2c3d4e5"),
                _sync("isn't there any more; its entry stays"),
            ),
        ),
        Way(
            "suspended",
            "AWS has suspended the account",
            "Nothing happens there any more, or nobody can enter it",
            (_sync("active → suspended (SUSPENDED)"),),
        ),
        Way(
            "region-disabled",
            "The region needs an opt-in, and isn't enabled in the account",
            "There is nothing there: no trail, no rule, no stream",
            (_answered("ap-east-1 is not enabled (it is DISABLED)"),),
        ),
        Way(
            "sts-endpoint-off",
            "AWS STS isn't active in the region",
            "EventBridge and Firehose can't assume their roles",
            (_answered("AWS STS in eu-west-1 refuses the account (RegionDisabledException:"),),
        ),
        Way(
            "no-room-for-roles",
            "The quota of roles is used up",
            "The stack isn't deployed",
            (_answered("999 of 1000 roles are used, and 2 more are needed"),),
        ),
        Way(
            "no-room-for-rules",
            "The quota of rules is used up",
            "The stack isn't deployed",
            (_answered("all 100 rules of eu-west-1 are used"),),
        ),
        Way(
            "no-room-for-streams",
            "The quota of delivery streams is used up",
            "The stack isn't deployed",
            (_answered("eu-west-1 has 5,000 delivery streams, and the quota is 5,000 unless it was raised"),),
        ),
        Way(
            "role-of-others",
            "A role of others has the name of one of Orgtrail's",
            "The stack isn't deployed",
            (_preflight("the role orgtrail-firehose exists, and isn't Orgtrail's"),),
        ),
        Way(
            "rule-of-others",
            "A rule of others has the name of Orgtrail's",
            "EventBridge overwrites it, and whoever made it overwrites Orgtrail's",
            (_preflight("the rule orgtrail-iam-events exists, and isn't Orgtrail's"),),
        ),
    ),
)
