"""The two IAM roles that an account's pipelines share: IAM is global, so there is one pair per account."""

from constructs import Construct
from constructs.bindings import IamRole, IamRolePolicy
from constructs.terraform_text import escape_template, escaped_json
from orgtrail import names, policies
from orgtrail.archive.policy import usable_keys
from orgtrail.settings import Account, Archive, Settings


class DeliveryRoles(Construct):
    """`eventbridge` puts events on the delivery streams; `firehose` writes them to the archive."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, account: Account) -> None:
        super().__init__(scope, construct_id)
        partition, archive = settings.partition, settings.archive
        boundary = escape_template(account.permissions_boundary) if account.permissions_boundary else None
        self.eventbridge = IamRole(
            self,
            "eventbridge",
            name=names.EVENTBRIDGE_ROLE,
            description="EventBridge puts IAM events on the Orgtrail delivery streams",
            assume_role_policy=escaped_json(policies.eventbridge_trust(partition, account.account_id)),
            permissions_boundary=boundary,
        )
        self.firehose = IamRole(
            self,
            "firehose",
            name=names.FIREHOSE_ROLE,
            description="Firehose writes IAM events to the Orgtrail archive",
            assume_role_policy=escaped_json(policies.firehose_trust(account.account_id)),
            permissions_boundary=boundary,
        )
        self.eventbridge_policy = IamRolePolicy(
            self,
            "eventbridge_policy",
            name="put-records",
            role=self.eventbridge.name,
            policy=escaped_json(policies.eventbridge_permissions(partition, account.account_id)),
        )
        self.firehose_policy = IamRolePolicy(
            self,
            "firehose_policy",
            name="deliver",
            role=self.firehose.name,
            policy=escaped_json(
                policies.firehose_permissions(
                    partition,
                    account.account_id,
                    bucket=archive.bucket,
                    bucket_account_id=archive.account_id,
                    layout=archive.layout,
                    old_layout=archive.moving_from.layout,
                    key=_key_use(partition, archive),
                )
            ),
        )


def _key_use(partition: str, archive: Archive) -> policies.KeyUse | None:
    arns = usable_keys(partition, archive)
    if not arns:
        return None
    return policies.KeyUse(
        arns[0],
        archive.region,
        # Whether an existing bucket has a bucket key isn't known.
        bucket_key=not archive.existing,
        old_arn=arns[1] if len(arns) > 1 else None,
    )
