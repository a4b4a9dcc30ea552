"""A bucket that existed before Orgtrail: what others have put on it, as expressions of Terraform.

Terraform reads policy, lifecycle rules, encryption and lock of a bucket into the bucket's own attributes, even if they
are missing. Its data source of a policy fails if a bucket has none.
"""

import json
from collections.abc import Iterable

from constructs.bindings import Precondition, TerraformResource, TerraformResourceLifecycle, Token
from orgtrail.settings import ObjectLock

_WAY = "docs/archive.md says what can be done."


class BucketAsFound:
    """`resource` is the bucket in the stack; `name` is its name."""

    def __init__(self, resource: TerraformResource, name: str) -> None:
        self._bucket = f"{resource.terraform_resource_type}.{resource.friendly_unique_id}"
        self._name = name

    def _others_statements(self, own: Iterable[str]) -> str:
        """The statements of its policy whose Sid is none of ours. A lone statement needn't be in a list."""
        statements = f"flatten([try(jsondecode({self._bucket}.policy).Statement, [])])"
        return f'[for one in {statements} : one if !contains({json.dumps(sorted(own))}, try(one.Sid, ""))]'

    def with_others(self, policy: str, own: Iterable[str]) -> str:
        """A policy of our statements, and of those of others that its policy has at the time of the plan.

        `policy`: a local value with our policy as text.
        """
        statements = f"concat({self._others_statements(own)}, jsondecode({policy}).Statement)"
        return f'${{jsonencode({{Version = "2012-10-17", Statement = {statements}}})}}'

    def no_statements_of_others(self, own: Iterable[str]) -> TerraformResourceLifecycle:
        """Refuses to replace a policy that has statements of others, and shows them."""
        others = self._others_statements(own)
        return self._refusal(f"length({others}) == 0", f"statements of others in its policy: ${{jsonencode({others})}}")

    def no_rules_of_others(self, own: Iterable[str]) -> TerraformResourceLifecycle:
        """Refuses to replace lifecycle rules of others, and names them."""
        others = f"[for one in {self._bucket}.lifecycle_rule : one.id if !contains({json.dumps(sorted(own))}, one.id)]"
        return self._refusal(f"length({others}) == 0", f"lifecycle rules of others: ${{jsonencode({others})}}")

    def no_other_key(self, kms_key_arn: str | None) -> TerraformResourceLifecycle:
        """Refuses to encrypt with less than it does: with a key other than its own, or with none."""
        configuration = f"{self._bucket}.server_side_encryption_configuration[0]"
        rule = f"{configuration}.rule[0].apply_server_side_encryption_by_default[0]"
        algorithm, key = f'try({rule}.sse_algorithm, "AES256")', f'try({rule}.kms_master_key_id, "")'
        same = f'({algorithm} == "aws:kms" && {key} == {_in_expression(kms_key_arn)})' if kms_key_arn else "false"
        return self._refusal(
            f'{algorithm} == "AES256" || {same}',
            f"another encryption than archive.kms_key says: ${{{algorithm}}} ${{{key}}}",
        )

    def no_longer_lock(self, lock: ObjectLock) -> TerraformResourceLifecycle:
        """Refuses to replace a lock that is stricter or longer."""
        rule = f"{self._bucket}.object_lock_configuration[0].rule[0].default_retention[0]"
        days = f"(try(coalesce({rule}.days, 0), 0) + try(coalesce({rule}.years, 0), 0) * 365)"
        mode = f'try({rule}.mode, "")'
        strict = "true" if lock.mode == "compliance" else f'{mode} != "COMPLIANCE"'
        return self._refusal(
            f"{days} <= {lock.days} && {strict}", f"a lock that is stricter or longer: ${{{mode}}}, ${{{days}}} days"
        )

    def _refusal(self, condition: str, what: str) -> TerraformResourceLifecycle:
        message = f"s3://{self._name} has {what}. While archive.adopt is true, that is never replaced. {_WAY}"
        return TerraformResourceLifecycle(
            precondition=[Precondition(condition=f"${{{condition}}}", error_message=message)]
        )


def _in_expression(value: str) -> str:
    """CDKTF knows that it is in an expression: what stands for an attribute becomes its bare name."""
    return value if Token.is_unresolved(value) else json.dumps(value)
