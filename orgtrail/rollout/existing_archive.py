"""Looks in AWS for what the archive's stack makes: the key, the buckets with what is set on them, and the catalog."""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from botocore.exceptions import ClientError

from orgtrail import policies
from orgtrail.aws import AccountSession
from orgtrail.names import ARCHIVE_KEY_ALIAS
from orgtrail.regions import partition_of
from orgtrail.rollout.lookup import Existing, Lookup, Planned, Undecided, listed


def key_behind_alias(session: AccountSession, region: str, alias: str = ARCHIVE_KEY_ALIAS) -> Existing | None:
    """The key that an alias stands for, by its id. Raises botocore's errors and WrongAccount."""
    kms = session.client("kms", region)
    pages = kms.get_paginator("list_aliases").paginate()
    aliases = (one for page in pages for one in page["Aliases"])
    key = next((one.get("TargetKeyId") for one in aliases if one["AliasName"] == alias), None)
    return Existing(key, _key_tags(kms, key)) if key else None


def _key(planned: Planned, session: AccountSession, region: str) -> Existing | None:
    """A key has no name. It is the one behind the alias, or the only one with our tag and description."""
    kms = session.client("kms", region)
    if found := key_behind_alias(session, region):
        if _key_state(kms, found.import_id) == "PendingDeletion":
            raise Undecided(
                f"the key of {ARCHIVE_KEY_ALIAS} is about to be deleted, and what it encrypted would be unreadable: "
                f"aws kms cancel-key-deletion --key-id {found.import_id}; aws kms enable-key --key-id {found.import_id}"
            )
        return found
    ours = [one for one in _keys(kms) if one.is_ours and _is_usable(kms, one.import_id, planned["description"])]
    if len(ours) > 1:
        ids = ", ".join(one.import_id for one in ours)
        raise Undecided(
            f"these keys are Orgtrail's, and none has the alias: {ids}. Give it to the one that the archive's objects "
            f"are encrypted with: aws kms create-alias --alias-name {ARCHIVE_KEY_ALIAS} --target-key-id KEY"
        )
    return next(iter(ours), None)


def _keys(kms: Any) -> list[Existing]:
    """All keys whose tags we may see. Orgtrail's may be seen: its policy leaves that to the account."""
    found = []
    for page in kms.get_paginator("list_keys").paginate():
        for key in page["Keys"]:
            try:
                found.append(Existing(key["KeyId"], _key_tags(kms, key["KeyId"])))
            except ClientError as error:
                if error.response["Error"]["Code"] != "AccessDeniedException":
                    raise
    return found


def _key_tags(kms: Any, key: str) -> dict[str, str]:
    return listed(kms.list_resource_tags(KeyId=key)["Tags"], "TagKey", "TagValue")


def _key_state(kms: Any, key: str) -> str:
    return str(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"])


def _is_usable(kms: Any, key: str, description: str) -> bool:
    metadata: dict[str, str] = kms.describe_key(KeyId=key)["KeyMetadata"]
    return metadata["Description"] == description and metadata["KeyState"] != "PendingDeletion"


def _alias(planned: Planned, session: AccountSession, region: str) -> Existing | None:
    found = key_behind_alias(session, region, planned["name"])
    if found is None:
        return None
    own_key = planned.get("target_key_id", found.import_id)
    if own_key != found.import_id:
        raise Undecided(
            f"it stands for the key {found.import_id}, and the stack has made another one, {own_key}. To go on with "
            "the first, have the state forget the second (terraform state rm aws_kms_key.archive) and run this again; "
            f"to go on with the second, delete the alias: aws kms delete-alias --alias-name {planned['name']}"
        )
    return Existing(planned["name"], found.tags)


def _bucket(planned: Planned, session: AccountSession, region: str) -> Existing:
    s3, name = session.client("s3", region), planned["bucket"]
    try:
        found = s3.head_bucket(Bucket=name, ExpectedBucketOwner=session.account_id)
        tags = s3.get_bucket_tagging(Bucket=name)["TagSet"]
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "403":
            raise Undecided(f"s3://{name} is another account's, or this role may not look at it") from error
        if code != "NoSuchTagSet":
            raise
        tags = []
    if found.get("BucketRegion", region) != region:
        raise Undecided(f"s3://{name} is in {found['BucketRegion']}, not in {region}")
    return Existing(name, listed(tags))


_Others = Callable[[Mapping[str, Any], Planned], list[str]]
"""Names what S3's answer has that isn't Orgtrail's."""


def _part_of_bucket(method: str, part: str, others: _Others = lambda _answer, _planned: []) -> Lookup:
    """A lookup of what is set on a bucket and goes by its name: `part` is where the answer of S3 to `method` has it.

    On a bucket of others it is left to the stack, which has its own rules for those (archive.adopt, manage_policy).
    """

    def lookup(planned: Planned, session: AccountSession, region: str) -> Existing | None:
        if "bucket" not in planned:
            return None  # Of a bucket that the same plan would make: it is looked for once that is taken in.
        bucket = _bucket(planned, session, region)
        answer = getattr(session.client("s3", region), method)(Bucket=planned["bucket"]) if bucket.is_ours else {}
        if part not in answer:
            return None
        if theirs := others(answer, planned):
            raise Undecided(
                f"s3://{bucket.import_id} has what others have added, and would lose it: {', '.join(theirs)}. Remove "
                "it first, or leave the bucket to them: archive.existing"
            )
        return bucket

    return lookup


def _statements_of_others(answer: Mapping[str, Any], planned: Planned) -> list[str]:
    # The archive's policy may name a key that the same plan makes, so that it isn't known; a trail's always is.
    ours = {*policies.ARCHIVE_SIDS, *_sids(planned.get("policy"))}
    return [f"statement {sid}" for sid in _sids(answer["Policy"]) if sid not in ours]


def _sids(policy: str | None) -> list[str]:
    statements = json.loads(policy)["Statement"] if policy else []
    return [one.get("Sid", "(without Sid)") for one in ([statements] if isinstance(statements, dict) else statements)]


def _rules_of_others(answer: Mapping[str, Any], planned: Planned) -> list[str]:
    ours = [rule["id"] for rule in planned["rule"]]
    return [f"lifecycle rule {rule['ID']}" for rule in answer["Rules"] if rule["ID"] not in ours]


def _database(planned: Planned, session: AccountSession, region: str) -> Existing:
    glue, name = session.client("glue", region), planned["name"]
    glue.get_database(Name=name)
    arn = f"arn:{partition_of(region)}:glue:{region}:{session.account_id}:database/{name}"
    return Existing(f"{session.account_id}:{name}", glue.get_tags(ResourceArn=arn)["Tags"])


def _table(planned: Planned, session: AccountSession, region: str) -> Existing:
    database, name = planned["database_name"], planned["name"]
    session.client("glue", region).get_table(DatabaseName=database, Name=name)
    owner = _database({"name": database}, session, region)
    return Existing(f"{owner.import_id}:{name}", owner.tags)


def _workgroup(planned: Planned, session: AccountSession, region: str) -> Existing | None:
    athena, name = session.client("athena", region), planned["name"]
    try:
        # The emulator returns an empty answer.
        exists = "WorkGroup" in athena.get_work_group(WorkGroup=name)
    except ClientError as error:
        # Athena has no code of its own for it: "WorkGroup … is not found."
        if "is not found" not in error.response["Error"]["Message"]:
            raise
        exists = False
    if not exists:
        return None
    arn = f"arn:{partition_of(region)}:athena:{region}:{session.account_id}:workgroup/{name}"
    return Existing(name, listed(athena.list_tags_for_resource(ResourceARN=arn)["Tags"]))


def _named_query(planned: Planned, session: AccountSession, region: str) -> Existing | None:
    """Named queries have ids that AWS makes up, and names that needn't be unique: it is the one with the same text."""
    wanted = {"Name": planned["name"], "Database": planned["database"], "QueryString": planned["query"]}
    owner = _workgroup({"name": planned["workgroup"]}, session, region)
    if owner is None or not owner.is_ours:
        return None
    queries = _named_queries(session, region, planned["workgroup"])
    found = next((one for one in queries if wanted.items() <= one.items()), None)
    return Existing(found["NamedQueryId"], owner.tags) if found else None


@lru_cache(maxsize=1)  # Each named query of a plan asks for all of them, and Athena allows a few calls a second.
def _named_queries(session: AccountSession, region: str, workgroup: str) -> list[dict[str, str]]:
    athena = session.client("athena", region)
    pages = athena.get_paginator("list_named_queries").paginate(WorkGroup=workgroup)
    ids = sorted(one for page in pages for one in page["NamedQueryIds"])
    return [athena.get_named_query(NamedQueryId=one)["NamedQuery"] for one in ids]


LOOKUPS: Mapping[str, Lookup] = {
    "aws_athena_named_query": _named_query,
    "aws_athena_workgroup": _workgroup,
    "aws_glue_catalog_database": _database,
    "aws_glue_catalog_table": _table,
    "aws_kms_alias": _alias,
    "aws_kms_key": _key,
    "aws_s3_bucket": _bucket,
    "aws_s3_bucket_lifecycle_configuration": _part_of_bucket(
        "get_bucket_lifecycle_configuration", "Rules", _rules_of_others
    ),
    "aws_s3_bucket_logging": _part_of_bucket("get_bucket_logging", "LoggingEnabled"),
    "aws_s3_bucket_object_lock_configuration": _part_of_bucket(
        "get_object_lock_configuration", "ObjectLockConfiguration"
    ),
    "aws_s3_bucket_ownership_controls": _part_of_bucket("get_bucket_ownership_controls", "OwnershipControls"),
    "aws_s3_bucket_policy": _part_of_bucket("get_bucket_policy", "Policy", _statements_of_others),
    "aws_s3_bucket_public_access_block": _part_of_bucket("get_public_access_block", "PublicAccessBlockConfiguration"),
    "aws_s3_bucket_server_side_encryption_configuration": _part_of_bucket(
        "get_bucket_encryption", "ServerSideEncryptionConfiguration"
    ),
    "aws_s3_bucket_versioning": _part_of_bucket("get_bucket_versioning", "Status"),
}
