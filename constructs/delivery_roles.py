"""The two IAM roles that an account's pipelines share: IAM is global, so there is one pair per account."""

from constructs import Construct
from constructs.bindings import IamRole, IamRolePolicy
from constructs.terraform_text import escape_template, escaped_json
from orgtrail import names, policies
from orgtrail.archive.policy import delivery_permissions
from orgtrail.settings import Account, Settings


class DeliveryRoles(Construct):
    """`eventbridge` puts events on the delivery streams; `firehose` writes them to the archive."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, account: Account) -> None:
        super().__init__(scope, construct_id)
        partition = settings.partition
        stamp = {names.STACK_VERSION_TAG: str(names.STACK_VERSION)}
        boundary = escape_template(account.permissions_boundary) if account.permissions_boundary else None
        self.eventbridge = IamRole(
            self,
            "eventbridge",
            name=names.EVENTBRIDGE_ROLE,
            description="EventBridge puts IAM events on the Orgtrail delivery streams",
            assume_role_policy=escaped_json(policies.eventbridge_trust(partition, account.account_id)),
            permissions_boundary=boundary,
            tags=stamp,
        )
        self.firehose = IamRole(
            self,
            "firehose",
            name=names.FIREHOSE_ROLE,
            description="Firehose writes IAM events to the Orgtrail archive",
            assume_role_policy=escaped_json(policies.firehose_trust(account.account_id)),
            permissions_boundary=boundary,
            tags=stamp,
        )
        self.eventbridge_policy = IamRolePolicy(
            self,
            "eventbridge_policy",
            name=names.EVENTBRIDGE_POLICY,
            role=self.eventbridge.name,
            policy=escaped_json(policies.eventbridge_permissions(partition, account.account_id)),
        )
        self.firehose_policy = IamRolePolicy(
            self,
            "firehose_policy",
            name=names.FIREHOSE_POLICY,
            role=self.firehose.name,
            policy=escaped_json(delivery_permissions(settings, account.account_id)),
        )
