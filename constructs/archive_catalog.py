"""The archive as tables: a Glue database, an Athena workgroup, and the queries of an incident responder."""

from typing import Any

from constructs import Construct
from constructs.bindings import (
    AthenaNamedQuery,
    AthenaWorkgroup,
    Expiration,
    GlueCatalogDatabase,
    GlueCatalogTable,
    GlueColumn,
    GluePartitionKey,
    LifecycleFilter,
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketPolicy,
)
from constructs.private_bucket import PrivateBucket
from constructs.terraform_text import escape_template, escaped_json
from orgtrail import catalog, names, policies, queries
from orgtrail.flat_view import FLAT_VIEW, flat_columns, flat_view_sql, presto_view
from orgtrail.settings import Archive, Catalog, Settings
from orgtrail.terraform.provider import Provider

_GIB = 2**30
_RESULTS_SKIPPED_CHECKS = {
    "CKV_AWS_21": "Results are copies that a query makes again and that expire; older versions would outlive them",
    "CKV_AWS_144": "Results are copies that a query makes again",
}


class ArchiveCatalog(Construct):
    """Two tables over one archive: one lists the accounts, one takes the account that a query names; and a flat view.

    Two more are of what was backfilled, and each former layout has four of its own.

    `kms_key_arn`: what encrypts the archive encrypts the results too; None: S3's own keys.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        catalog_settings: Catalog,
        kms_key_arn: str | None,
        provider: Provider,
        region_arguments: dict[str, Any],
    ) -> None:
        super().__init__(scope, construct_id)
        self._region_arguments = region_arguments
        self._kms_key_arn, self._provider = kms_key_arn, provider
        database = GlueCatalogDatabase(
            self,
            "database",
            name=catalog_settings.database,
            description="IAM events of the organization, archived by Orgtrail",
            **region_arguments,
        )
        every_table = catalog.events_tables(settings.archive.layout, settings.archive.former_layouts)
        for table in every_table:
            self._table(database.name, table, settings)
        tables = [table for table in every_table if table.lists_accounts]
        self._flat_view(database, tables, catalog_settings.database)
        workgroup = self._workgroup(settings, catalog_settings)
        for query in queries.named_queries(tables, catalog_settings.database):
            AthenaNamedQuery(
                self,
                f"query_{query.name}",
                name=query.name,
                description=query.description,
                database=database.name,
                workgroup=workgroup.name,
                query=escape_template(query.sql),
                **region_arguments,
            )

    def _table(self, database: str, table: catalog.EventsTable, settings: Settings) -> None:
        archive, layout = settings.archive, table.layout
        own = archive.layout.backfill if table.backfilled else archive.layout
        account_ids = settings.archived_accounts if table.lists_accounts else None
        parameters = catalog.table_parameters(
            layout,
            bucket=archive.bucket,
            account_ids=account_ids,
            regions=settings.archived_regions,
            expire_days=archive.expire_days,
        )
        GlueCatalogTable(
            self,
            table.name,
            database_name=database,
            name=table.name,
            description=("One row an event that was backfilled" if table.backfilled else "One row an event")
            + ("" if layout == own else f" of the former layout {layout.template}")
            + ("" if account_ids else "; a query must say account = '…'"),
            table_type="EXTERNAL_TABLE",
            parameters={key: escape_template(value) for key, value in parameters.items()},
            partition_keys=[
                GluePartitionKey(name=column.name, type=column.type) for column in catalog.partition_columns(layout)
            ],
            storage_descriptor={
                "location": f"s3://{archive.bucket}/{layout.root}",
                "input_format": catalog.INPUT_FORMAT,
                "output_format": catalog.OUTPUT_FORMAT,
                "columns": [GlueColumn(name=column.name, type=column.type) for column in table.columns],
                "ser_de_info": {"serialization_library": catalog.SERDE, "parameters": catalog.serde_parameters()},
            },
            **self._region_arguments,
        )

    def _flat_view(self, database: GlueCatalogDatabase, tables: list[catalog.EventsTable], database_name: str) -> None:
        # The text is encoded here, where `database.name` is only a token that Terraform fills in later.
        sql = flat_view_sql(tables, database_name)
        columns = flat_columns(tables[0].layout)
        GlueCatalogTable(
            self,
            FLAT_VIEW,
            database_name=database.name,
            name=FLAT_VIEW,
            description="One row an event, its fields as plain columns; lines that aren't JSON left out",
            table_type="VIRTUAL_VIEW",
            parameters={"presto_view": "true", "comment": "Presto View"},
            view_original_text=presto_view(sql, columns, database_name),
            view_expanded_text="/* Presto View */",
            storage_descriptor={
                "columns": [GlueColumn(name=column.name, type=column.type) for column in columns],
                # Athena refuses a view without one ("Table storage descriptor is missing SerDe info"):
                # https://github.com/hashicorp/terraform-provider-aws/issues/28517
                "ser_de_info": {"name": "-", "serialization_library": "-"},
            },
            **self._region_arguments,
        )

    def _workgroup(self, settings: Settings, catalog_settings: Catalog) -> AthenaWorkgroup:
        results = self._results_bucket(settings.partition, settings.archive, catalog_settings.results_expire_days)
        return AthenaWorkgroup(
            self,
            "workgroup",
            name=names.WORKGROUP,
            description="Queries of the Orgtrail archive",
            configuration={
                # All users of the workgroup get its encryption and limit, whatever their client asks for.
                "enforce_workgroup_configuration": True,
                "publish_cloudwatch_metrics_enabled": True,
                "bytes_scanned_cutoff_per_query": catalog_settings.scan_limit_gib * _GIB,
                "result_configuration": {
                    "output_location": f"s3://{results.name}/",
                    "encryption_configuration": self._result_encryption(),
                    "expected_bucket_owner": settings.archive.account_id,
                },
            },
            **self._region_arguments,
        )

    def _result_encryption(self) -> dict[str, Any]:
        if self._kms_key_arn is None:
            return {"encryption_option": "SSE_S3"}
        return {"encryption_option": "SSE_KMS", "kms_key_arn": self._kms_key_arn}

    def _results_bucket(self, partition: str, archive: Archive, expire_days: int) -> PrivateBucket:
        name = names.results_bucket(archive.bucket)
        bucket = PrivateBucket(
            self,
            "results",
            bucket=name,
            kms_key_arn=self._kms_key_arn,
            # They are copies of archived events, so log access to them, too.
            access_logs=archive.access_logs,
            skipped_checks=_RESULTS_SKIPPED_CHECKS,
            provider=self._provider,
            region_arguments=self._region_arguments,
            # Results can be made again from the archive.
            force_destroy=True,
        )
        S3BucketLifecycleConfiguration(
            self,
            "results_lifecycle",
            bucket=bucket.name,
            rule=[
                S3BucketLifecycleConfigurationRule(
                    id="expire",
                    status="Enabled",
                    filter=[LifecycleFilter(prefix="")],
                    expiration=[Expiration(days=expire_days)],
                )
            ],
            **self._region_arguments,
        )
        S3BucketPolicy(
            self,
            "results_policy",
            bucket=bucket.name,
            policy=escaped_json(policies.tls_only_bucket(partition, name)),
            depends_on=[bucket.public_access_block],
            **self._region_arguments,
        )
        return bucket
