"""cdktf_bindings.py, with the names of CDK Terrain."""

# ruff: noqa: E402, F401, I001
from orgtrail.terraform.lazy_bindings import enter_package_unexecuted

enter_package_unexecuted("cdktn_provider_aws")

from cdktn import (
    Annotations,
    App,
    CloudBackend,
    DataResource,
    IStackSynthesizer,
    ISynthesisSession,
    LocalBackend,
    Manifest,
    NamedCloudWorkspace,
    Postcondition,
    Precondition,
    S3Backend,
    TerraformLocal,
    TerraformOutput,
    TerraformProvider,
    TerraformResource,
    TerraformResourceLifecycle,
    TerraformStack,
    Testing,
    Token,
)
from cdktn_provider_aws.athena_named_query import AthenaNamedQuery
from cdktn_provider_aws.athena_workgroup import AthenaWorkgroup
from cdktn_provider_aws.cloudtrail import Cloudtrail
from cdktn_provider_aws.cloudwatch_event_rule import CloudwatchEventRule
from cdktn_provider_aws.cloudwatch_event_target import CloudwatchEventTarget
from cdktn_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktn_provider_aws.cloudwatch_log_stream import CloudwatchLogStream
from cdktn_provider_aws.cloudwatch_metric_alarm import (
    CloudwatchMetricAlarm,
    CloudwatchMetricAlarmMetricQuery as AlarmQuery,
    CloudwatchMetricAlarmMetricQueryMetric as AlarmQueryMetric,
)
from cdktn_provider_aws.glue_catalog_database import GlueCatalogDatabase
from cdktn_provider_aws.glue_catalog_table import (
    GlueCatalogTable,
    GlueCatalogTablePartitionKeys as GluePartitionKey,
    GlueCatalogTableStorageDescriptorColumns as GlueColumn,
)
from cdktn_provider_aws.iam_role import IamRole
from cdktn_provider_aws.iam_role_policy import IamRolePolicy
from cdktn_provider_aws.kinesis_firehose_delivery_stream import (
    KinesisFirehoseDeliveryStream,
    KinesisFirehoseDeliveryStreamExtendedS3ConfigurationProcessingConfigurationProcessors as FirehoseProcessor,
)
from cdktn_provider_aws.kms_alias import KmsAlias
from cdktn_provider_aws.kms_key import KmsKey
from cdktn_provider_aws.provider import (
    AwsProvider,
    AwsProviderAssumeRole,
    AwsProviderDefaultTags,
)
from cdktn_provider_aws.s3_bucket import S3Bucket
from cdktn_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload as AbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleExpiration as Expiration,
    S3BucketLifecycleConfigurationRuleFilter as LifecycleFilter,
    S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration as NoncurrentVersionExpiration,
    S3BucketLifecycleConfigurationRuleTransition as Transition,
)
from cdktn_provider_aws.s3_bucket_logging import S3BucketLoggingA as S3BucketLogging
from cdktn_provider_aws.s3_bucket_object_lock_configuration import (
    S3BucketObjectLockConfigurationA as S3BucketObjectLockConfiguration,
)
from cdktn_provider_aws.s3_bucket_ownership_controls import (
    S3BucketOwnershipControls,
)
from cdktn_provider_aws.s3_bucket_policy import S3BucketPolicy
from cdktn_provider_aws.s3_bucket_public_access_block import (
    S3BucketPublicAccessBlock,
)
from cdktn_provider_aws.s3_bucket_server_side_encryption_configuration import (
    S3BucketServerSideEncryptionConfigurationA as S3BucketServerSideEncryptionConfiguration,
    S3BucketServerSideEncryptionConfigurationRuleA as S3BucketServerSideEncryptionConfigurationRule,
)
from cdktn_provider_aws.s3_bucket_versioning import S3BucketVersioningA as S3BucketVersioning
from cdktn_provider_aws.sqs_queue import SqsQueue
