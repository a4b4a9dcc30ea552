"""The calls that named queries look for: which change who may do what, or what is seen of it."""

from typing import NamedTuple


class Calls(NamedTuple):
    """Calls of one service, as CloudTrail names both."""

    service: str
    names: tuple[str, ...]

    @property
    def condition(self) -> str:
        """The condition of a query that finds them."""
        names = ", ".join(f"'{name}'" for name in self.names)
        return f"(detail.eventsource = '{self.service}.amazonaws.com' AND detail.eventname IN ({names}))"


# The console of Identity Center makes these; CloudTrail has been seen to name either service for them.
# https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-info-in-cloudtrail.html
DIRECTORY_CALLS = (
    "AssociateDirectory",
    "CreateExternalIdPConfigurationForDirectory",
    "DeleteExternalIdPConfigurationForDirectory",
    "DisableExternalIdPConfigurationForDirectory",
    "DisassociateDirectory",
    "EnableExternalIdPConfigurationForDirectory",
    "UpdateExternalIdPConfigurationForDirectory",
)

# The question of each query that looks for calls, and the calls. A name can mean another thing in another service
# (`CreatePolicy` of IAM and of Organizations), so the service always counts.
CHANGES: dict[str, tuple[str, tuple[Calls, ...]]] = {
    "access-keys": (
        "Who created, changed or deleted access keys?",
        (Calls("iam", ("CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey")),),
    ),
    "new-users": (
        "Who made users or passwords, in IAM or Identity Center?",
        (
            Calls("iam", ("CreateUser", "CreateLoginProfile", "UpdateLoginProfile")),
            Calls("identitystore", ("CreateUser",)),
            Calls("sso-directory", ("CreateUser", "UpdatePassword")),
        ),
    ),
    "group-membership": (
        "Who was put into a group or taken out, in IAM or Identity Center?",
        (
            Calls("iam", ("CreateGroup", "DeleteGroup", "AddUserToGroup", "RemoveUserFromGroup")),
            Calls("identitystore", ("CreateGroup", "DeleteGroup", "CreateGroupMembership", "DeleteGroupMembership")),
            Calls("sso-directory", ("CreateGroup", "DeleteGroup", "AddMemberToGroup", "RemoveMemberFromGroup")),
        ),
    ),
    "role-trust": (
        "Who made roles, or changed who may assume one?",
        (Calls("iam", ("CreateRole", "UpdateAssumeRolePolicy", "CreateServiceLinkedRole")),),
    ),
    "permissions": (
        "Who attached, wrote, replaced or took away policies and permissions boundaries?",
        (
            Calls(
                "iam",
                (
                    "AttachGroupPolicy",
                    "AttachRolePolicy",
                    "AttachUserPolicy",
                    "CreatePolicy",
                    "CreatePolicyVersion",
                    "DeleteGroupPolicy",
                    "DeletePolicy",
                    "DeletePolicyVersion",
                    "DeleteRolePermissionsBoundary",
                    "DeleteRolePolicy",
                    "DeleteUserPermissionsBoundary",
                    "DeleteUserPolicy",
                    "DetachGroupPolicy",
                    "DetachRolePolicy",
                    "DetachUserPolicy",
                    "PutGroupPolicy",
                    "PutRolePermissionsBoundary",
                    "PutRolePolicy",
                    "PutUserPermissionsBoundary",
                    "PutUserPolicy",
                    "SetDefaultPolicyVersion",
                ),
            ),
        ),
    ),
    "identity-center": (
        "Who gave or took access through Identity Center: assignments and permission sets?",
        (
            Calls(
                "sso",
                (
                    "AttachCustomerManagedPolicyReferenceToPermissionSet",
                    "AttachManagedPolicyToPermissionSet",
                    "CreateAccountAssignment",
                    "CreateApplicationAssignment",
                    "CreatePermissionSet",
                    "DeleteAccountAssignment",
                    "DeleteApplicationAssignment",
                    "DeleteInlinePolicyFromPermissionSet",
                    "DeletePermissionSet",
                    "DeletePermissionsBoundaryFromPermissionSet",
                    "DetachCustomerManagedPolicyReferenceFromPermissionSet",
                    "DetachManagedPolicyFromPermissionSet",
                    "ProvisionPermissionSet",
                    "PutInlinePolicyToPermissionSet",
                    "PutPermissionsBoundaryToPermissionSet",
                    "UpdatePermissionSet",
                ),
            ),
        ),
    ),
    "sign-in-settings": (
        "Who removed a second factor, or changed identity providers or the password policy?",
        (
            Calls(
                "iam",
                (
                    "AddClientIDToOpenIDConnectProvider",
                    "CreateOpenIDConnectProvider",
                    "CreateSAMLProvider",
                    "DeactivateMFADevice",
                    "DeleteAccountPasswordPolicy",
                    "DeleteOpenIDConnectProvider",
                    "DeleteSAMLProvider",
                    "DeleteVirtualMFADevice",
                    "RemoveClientIDFromOpenIDConnectProvider",
                    "UpdateAccountPasswordPolicy",
                    "UpdateOpenIDConnectProviderThumbprint",
                    "UpdateSAMLProvider",
                ),
            ),
            Calls("sso", ("CreateTrustedTokenIssuer", "DeleteTrustedTokenIssuer", "UpdateTrustedTokenIssuer")),
            Calls("sso", DIRECTORY_CALLS),
            Calls("sso-directory", ("DeleteMfaDeviceForUser", *DIRECTORY_CALLS)),
        ),
    ),
    "pipeline-changes": (
        "Who changed rules, delivery streams or trails, Orgtrail's own among them?",
        (
            Calls("events", ("DeleteRule", "DisableRule", "EnableRule", "PutRule", "PutTargets", "RemoveTargets")),
            Calls(
                "firehose",
                ("DeleteDeliveryStream", "StopDeliveryStreamEncryption", "UpdateDestination"),
            ),
            Calls("cloudtrail", ("DeleteTrail", "PutEventSelectors", "StartLogging", "StopLogging", "UpdateTrail")),
        ),
    ),
    "organization-guardrails": (
        "Who weakened the organization's guardrails, or moved accounts in or out?",
        (
            Calls(
                "organizations",
                (
                    "AcceptHandshake",
                    "AttachPolicy",
                    "CloseAccount",
                    "CreatePolicy",
                    "DeleteOrganization",
                    "DeletePolicy",
                    "DeleteResourcePolicy",
                    "DeregisterDelegatedAdministrator",
                    "DetachPolicy",
                    "DisableAWSServiceAccess",
                    "DisablePolicyType",
                    "InviteAccountToOrganization",
                    "LeaveOrganization",
                    "MoveAccount",
                    "PutResourcePolicy",
                    "RegisterDelegatedAdministrator",
                    "RemoveAccountFromOrganization",
                    "UpdatePolicy",
                ),
            ),
        ),
    ),
}
