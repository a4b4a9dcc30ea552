"""What Orgtrail asks of HCP Terraform's API; the one module that knows pytfe.

pytfe takes a second to load, so it is imported where it is used.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from orgtrail.settings import CloudState
from orgtrail.state.hcp_terraform.token import PUBLIC_HOST, HcpTerraformError, find_token, how_to_log_in

if TYPE_CHECKING:
    from pytfe import TFEClient

_SCHEME = "https"
_RETRIES = 5
_MOST_PER_PAGE = 100  # https://developer.hashicorp.com/terraform/cloud-docs/api-docs#pagination
_WITH_TAGS = {"include": "effective_tag_bindings"}

OnPage = Callable[[int, int], None]


@dataclass(frozen=True)
class RemoteWorkspace:
    """A workspace as HCP Terraform has it; `tags` with those of its project, None where they weren't asked for."""

    id: str
    name: str
    resources: int
    execution_mode: str
    project_id: str | None
    tags: Mapping[str, str] | None = field(hash=False)


class HcpTerraform:
    """The organization that keeps the states. Whatever it is asked for, it may raise HcpTerraformError."""

    def __init__(self, state: CloudState) -> None:
        # https://developer.hashicorp.com/terraform/cli/cloud/settings#environment-variables
        self.host = (state.hostname or os.environ.get("TF_CLOUD_HOSTNAME") or PUBLIC_HOST).lower()
        self.organization = state.organization
        if not re.fullmatch(r"[\w.-]+(:[0-9]{1,5})?", self.host):
            raise HcpTerraformError(f"{self.host!r} is not the name of a host: write it without https:// and /")
        self._token = find_token(self.host)

    @cached_property
    def _client(self) -> "TFEClient":
        from pytfe import TFEClient, TFEConfig

        # With ca_bundle, pytfe passes SSL_CERT_FILE in a way that httpx deprecates; httpx reads the variable itself.
        address = f"{_SCHEME}://{self.host}"
        return TFEClient(TFEConfig(address=address, token=self._token.value, max_retries=_RETRIES, ca_bundle=None))

    def project_id(self, name: str) -> str | None:
        """The id of a project; None where there is none, or the token may not see it."""
        with self._errors():
            from pytfe.models import ProjectListOptions

            found = self._client.projects.list(self.organization, ProjectListOptions(name=name))
            return next((project.id for project in found if project.name == name), None)

    def create_project(self, name: str) -> str:
        """Make a project; returns its id."""
        with self._errors():
            from pytfe.models import ProjectCreateOptions

            # pytfe would make `remote` the project's execution mode, whatever the organization's is.
            options = ProjectCreateOptions.model_validate({"name": name, "default-execution-mode": None})
            return self._client.projects.create(self.organization, options).id

    def workspaces(
        self,
        prefix: str = "",
        project_id: str | None = None,
        *,
        tags: bool = False,
        on_page: OnPage = lambda listed, total: None,
    ) -> list[RemoteWorkspace]:
        """The workspaces whose names begin like this, of one project or of all; `tags`: with their tags."""
        query = {"search[wildcard-name]": f"{prefix}*"} if prefix else {}
        query |= {"filter[project][id]": project_id} if project_id else {}
        with self._errors():
            from pytfe.errors import TFEError

            try:
                return self._listed(query | (_WITH_TAGS if tags else {}), on_page)
            except TFEError as error:
                # An instance that doesn't know this `include` says 400; HashiCorp's own provider does the same then.
                if error.status != 400 or not tags:
                    raise
                return self._listed(query, on_page)

    def _listed(self, query: Mapping[str, str], on_page: OnPage) -> list[RemoteWorkspace]:
        # Not pytfe's own listing: that drops what `include` brings, and fails on a `source` it doesn't know.
        path = f"/api/v2/organizations/{quote(self.organization, safe='')}/workspaces"
        found: list[RemoteWorkspace] = []
        number: int | None = 1
        while number:
            page = {"page[number]": number, "page[size]": _MOST_PER_PAGE}
            document = self._client.workspaces.t.request("GET", path, params={**query, **page}).json()
            included = {item["id"]: item["attributes"] for item in document.get("included", [])}
            found += [_workspace(item, included) for item in document["data"]]
            pagination = document["meta"]["pagination"]
            on_page(len(found), pagination["total-count"])
            number = pagination["next-page"]
        return found

    def tags_of(self, workspace: RemoteWorkspace) -> Mapping[str, str]:
        """A workspace's tags and those it has from its project."""
        if workspace.tags is not None:
            return workspace.tags
        with self._errors():
            bound = self._client.workspaces.list_effective_tag_bindings(workspace.id)
            return {binding.key: binding.value or "" for binding in bound}

    def create_workspace(self, name: str, tags: Mapping[str, str], project_id: str | None) -> None:
        """Make a workspace that keeps states and runs nothing."""
        with self._errors():
            from pytfe.models import WorkspaceCreateOptions

            wanted = {
                "name": name,
                "execution-mode": "local",
                # Otherwise the mode of the project or organization applies.
                "setting-overwrites": {"execution-mode": True, "agent-pool": True},
                "tag-bindings": [{"key": key, "value": value} for key, value in tags.items()],
                **({"project": {"id": project_id}} if project_id else {}),
            }
            made = self._client.workspaces.create(self.organization, WorkspaceCreateOptions.model_validate(wanted))
            # pytfe 1.5.0 leaves these out of the request above.
            if without_value := {key: value for key, value in tags.items() if not value}:
                self.set_tags(made.id, without_value)

    def set_tags(self, workspace_id: str, tags: Mapping[str, str]) -> None:
        """Add tags to a workspace, or change them; others stay."""
        with self._errors():
            from pytfe.models import TagBinding, WorkspaceAddTagBindingsOptions

            bindings = [TagBinding(key=key, value=value) for key, value in tags.items()]
            self._client.workspaces.add_tag_bindings(
                workspace_id, WorkspaceAddTagBindingsOptions(tag_bindings=bindings)
            )

    @contextmanager
    def _errors(self) -> Iterator[None]:
        from pytfe.errors import TFEError

        try:
            yield
        except TFEError as error:
            raise HcpTerraformError(self._sentence(error)) from error
        except OSError as error:
            raise HcpTerraformError(f"{self.host} can't be asked: {error}") from error
        except (ValueError, LookupError, TypeError) as error:
            # pytfe checks some arguments itself, and raises plain ValueErrors.
            if type(error) is ValueError:
                raise HcpTerraformError(f"{self.host} would refuse this: {error}") from error
            raise HcpTerraformError(
                f"{self.host} gave an answer that can't be understood ({type(error).__name__}): is it HCP Terraform?"
            ) from error

    def _sentence(self, error: Any) -> str:
        from pytfe.errors import ServerError

        if error.status == 401:
            return f"{self.host} refuses the token from {self._token.origin}. {how_to_log_in(self.host)}"
        # HCP Terraform answers 404 on purpose, both for what doesn't exist and for what the token may not do.
        if error.status in (403, 404):
            return (
                f"{self.host} has no organization {self.organization}, or the token from {self._token.origin} may not "
                "do this there"
            )
        if isinstance(error, ServerError):
            return f"{self.host} can't be reached, or fails: {error}"
        return f"{self.host} refuses this: {error}"


def _workspace(item: dict[str, Any], included: Mapping[str, dict[str, Any]]) -> RemoteWorkspace:
    attributes, relationships = item["attributes"], item.get("relationships", {})
    count = attributes.get("resource-count")
    bound = relationships.get("effective-tag-bindings", {}).get("data")
    tags = None if bound is None else [included[reference["id"]] for reference in bound]
    project = relationships.get("project", {}).get("data") or {}
    return RemoteWorkspace(
        id=item["id"],
        name=attributes["name"],
        # Unknown: treat it as non-empty, so that a person looks at it.
        resources=1 if count is None else count,
        execution_mode=attributes.get("execution-mode") or "",
        project_id=project.get("id"),
        tags=None if tags is None else {tag["key"]: tag.get("value") or "" for tag in tags},
    )
