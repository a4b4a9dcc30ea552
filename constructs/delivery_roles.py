"""The two IAM roles that an account's pipelines share: IAM is global, so there is one pair per account."""

from constructs import Construct
from constructs.terraform_text import json_literal
from orgtrail import names, policies
from orgtrail.bindings import IamRole, IamRolePolicy
from orgtrail.settings import Account, Archive
from orgtrail.settings.archive_checks import MANAGED_KEY


class DeliveryRoles(Construct):
    """`eventbridge` puts events on the delivery streams; `firehose` writes them to the archive."""

    def __init__(
        self, scope: Construct, construct_id: str, *, partition: str, account: Account, archive: Archive
    ) -> None:
        super().__init__(scope, construct_id)
        self.eventbridge = IamRole(
            self,
            "eventbridge",
            name=names.EVENTBRIDGE_ROLE,
            description="EventBridge puts IAM events on the Orgtrail delivery streams",
            assume_role_policy=json_literal(policies.eventbridge_trust(partition, account.account_id)),
        )
        self.firehose = IamRole(
            self,
            "firehose",
            name=names.FIREHOSE_ROLE,
            description="Firehose writes IAM events to the Orgtrail archive",
            assume_role_policy=json_literal(policies.firehose_trust(account.account_id)),
        )
        self.eventbridge_policy = IamRolePolicy(
            self,
            "eventbridge_policy",
            name="put-records",
            role=self.eventbridge.name,
            policy=json_literal(policies.eventbridge_permissions(partition, account.account_id)),
        )
        self.firehose_policy = IamRolePolicy(
            self,
            "firehose_policy",
            name="deliver",
            role=self.firehose.name,
            policy=json_literal(
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
    # An account's stack knows the archive's names alone, and a key has none before it is made. Any key of the archive
    # account, then: what the role may do with it is narrowed to the bucket, and the key's own policy decides too.
    any_key = f"arn:{partition}:kms:{archive.region}:{archive.account_id}:key/*"
    arns = [any_key if key == MANAGED_KEY else key for key in archive.delivery_keys if key]
    if not arns:
        return None
    # Any key of the account is the other one too.
    first, *others = [any_key] if any_key in arns else arns
    return policies.KeyUse(
        first,
        archive.region,
        # Whether an existing bucket has a bucket key isn't known.
        bucket_key=not archive.existing,
        old_arn=others[0] if others else None,
    )
