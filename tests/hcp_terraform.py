"""A stand-in for HCP Terraform's API on this machine, that answers as its documentation says.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs, and of it: workspaces, projects, pagination, errors.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "an.atlasv1.token"
ORGANIZATION = "acme"
_OFFERED_INCLUDES = {"effective_tag_bindings"}
_MOST_PER_PAGE = 100


class Refusal(Exception):
    """An error object of JSON:API: status and title, and what is wrong."""

    def __init__(self, status: int, title: str, detail: str | None = None) -> None:
        self.status = status
        error = {"status": str(status), "title": title}
        self.document = {"errors": [error | ({"detail": detail} if detail else {})]}


class Organization:
    """What is in the one organization, and which requests came."""

    def __init__(self) -> None:
        self.projects: list[dict[str, Any]] = []
        self.workspaces: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self.knows_effective_tags = True
        self.address = ""

    def project(self, name: str, **changed: Any) -> dict[str, Any]:
        """Add a project, as somebody did before."""
        made = {"id": f"prj-{len(self.projects) + 1:016}", "name": name, "mode": None, "tags": {}} | changed
        self.projects.append(made)
        return made

    def workspace(self, name: str, **changed: Any) -> dict[str, Any]:
        """Add a workspace, as somebody did before."""
        number = len(self.workspaces) + 1
        plain = {"id": f"ws-{number:016}", "name": name, "resources": 0, "mode": "local", "project": None, "tags": {}}
        self.workspaces.append(plain | changed)
        return self.workspaces[-1]

    def tags(self) -> dict[str, dict[str, str]]:
        """The tags of each workspace, without those of its project."""
        return {workspace["name"]: workspace["tags"] for workspace in self.workspaces}

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, dict[str, Any]]:
        """The status and the document of the answer. Raises Refusal."""
        match method, path.strip("/").split("/")[2:]:
            case "GET", ["organizations", name, "projects"] if name == ORGANIZATION:
                names = query.get("filter[names]", "").lower()
                found = [item for item in self.projects if names in ("", item["name"].lower())]
                return 200, self._page([_project(item) for item in found], query)
            case "POST", ["organizations", name, "projects"] if name == ORGANIZATION:
                wanted = body["data"]["attributes"]
                return 201, {"data": _project(self.project(wanted["name"], mode=wanted.get("default-execution-mode")))}
            case "GET", ["organizations", name, "workspaces"] if name == ORGANIZATION:
                return 200, self._list(query)
            case "POST", ["organizations", name, "workspaces"] if name == ORGANIZATION:
                return 201, {"data": self._shown(self._create(body["data"]))}
            case "GET", ["workspaces", ident, "effective-tag-bindings"]:
                return 200, {"data": _bindings(self._effective(self._by_id(ident)), "effective-tag-bindings")}
            case "PATCH", ["workspaces", ident, "tag-bindings"]:
                workspace = self._by_id(ident)
                _bind(workspace, [item["attributes"] for item in body["data"]])
                return 200, {"data": _bindings(workspace["tags"], "tag-bindings")}
        raise Refusal(404, "not found")

    def _create(self, data: dict[str, Any]) -> dict[str, Any]:
        attributes, relationships = data["attributes"], data.get("relationships", {})
        if any(item["name"] == attributes["name"] for item in self.workspaces):
            raise Refusal(422, "invalid attribute", "Name has already been taken")
        project = relationships.get("project", {}).get("data", {}).get("id")
        if project not in [None, *(item["id"] for item in self.projects)]:
            raise Refusal(404, "not found")
        wanted: dict[str, Any] = {"tags": {}}
        _bind(wanted, [item["attributes"] for item in relationships.get("tag-bindings", {}).get("data", [])])
        own_mode = attributes.get("setting-overwrites", {}).get("execution-mode", False)
        mode = attributes["execution-mode"] if own_mode else "remote"
        return self.workspace(attributes["name"], mode=mode, project=project, tags=wanted["tags"])

    def _list(self, query: dict[str, str]) -> dict[str, Any]:
        includes = set(filter(None, query.get("include", "").split(",")))
        if includes - (_OFFERED_INCLUDES if self.knows_effective_tags else set()):
            raise Refusal(400, "invalid include parameter")
        name = re.escape(query.get("search[wildcard-name]", "*")).replace(r"\*", ".*")
        project = query.get("filter[project][id]")
        found = [
            item for item in self.workspaces if re.fullmatch(name, item["name"]) and project in (None, item["project"])
        ]
        document = self._page(found, query)
        included = [tag for item in document["data"] for tag in self._included(item)] if includes else []
        document["data"] = [self._shown(item, linked=bool(includes)) for item in document["data"]]
        return document | ({"included": included} if includes else {})

    def _page(self, found: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
        number, size = int(query.get("page[number]", 1)), min(int(query.get("page[size]", 20)), _MOST_PER_PAGE)
        pages = max(1, -(-len(found) // size))
        pagination = {
            "current-page": number,
            "page-size": size,
            "prev-page": number - 1 if number > 1 else None,
            "next-page": number + 1 if number < pages else None,
            "total-pages": pages,
            "total-count": len(found),
        }
        return {"data": found[(number - 1) * size : number * size], "meta": {"pagination": pagination}}

    def _shown(self, workspace: dict[str, Any], *, linked: bool = False) -> dict[str, Any]:
        path = f"/api/v2/workspaces/{workspace['id']}"
        tags: dict[str, Any] = {"links": {"related": f"{path}/effective-tag-bindings"}}
        if linked:
            tags["data"] = [{"id": tag["id"], "type": tag["type"]} for tag in self._included(workspace)]
        project = {"id": workspace["project"] or "prj-default", "type": "projects"}
        return {
            "id": workspace["id"],
            "type": "workspaces",
            "attributes": {
                "name": workspace["name"],
                "execution-mode": workspace["mode"],
                "resource-count": workspace["resources"],
                "source": workspace.get("source", "tfe-api"),
                "tag-names": [],
            },
            "relationships": {
                "organization": {"data": {"id": ORGANIZATION, "type": "organizations"}},
                "project": {"data": project},
                "tag-bindings": {"links": {"related": f"{path}/tag-bindings"}},
                "effective-tag-bindings": tags,
            },
        }

    def _included(self, workspace: dict[str, Any]) -> list[dict[str, Any]]:
        return _bindings(self._effective(workspace), "effective-tag-bindings", workspace["id"])

    def _effective(self, workspace: dict[str, Any]) -> dict[str, str]:
        inherited = [item["tags"] for item in self.projects if item["id"] == workspace["project"]]
        return {**(inherited[0] if inherited else {}), **workspace["tags"]}

    def _by_id(self, ident: str) -> dict[str, Any]:
        for workspace in self.workspaces:
            if workspace["id"] == ident:
                return workspace
        raise Refusal(404, "not found")


def _project(project: dict[str, Any]) -> dict[str, Any]:
    relationships = {"organization": {"data": {"id": ORGANIZATION, "type": "organizations"}}}
    attributes = {"name": project["name"], "description": None, "default-execution-mode": project["mode"] or "remote"}
    return {"id": project["id"], "type": "projects", "attributes": attributes, "relationships": relationships}


def _bindings(tags: dict[str, str], kind: str, of: str = "") -> list[dict[str, Any]]:
    return [
        {"id": f"{of}{key}", "type": kind, "attributes": {"key": key, "value": value}} for key, value in tags.items()
    ]


def _bind(workspace: dict[str, Any], bindings: list[dict[str, str]]) -> None:
    # https://developer.hashicorp.com/terraform/cloud-docs/api-docs/workspaces#add-update-tag-bindings-on-a-workspace
    tags = {**workspace["tags"], **{tag["key"]: tag.get("value") or "" for tag in bindings}}
    for key, value in tags.items():
        if not re.fullmatch(r"[A-Za-z0-9_.=+@:-]+", key) or key.startswith(("hc:", "hcp:")):
            raise Refusal(422, "invalid attribute", f"Key {key} is invalid")
        if not re.fullmatch(r"[A-Za-z0-9_.=+@:-]*", value):
            raise Refusal(422, "invalid attribute", f"Value {value} is invalid")
    if len(tags) > 10:
        raise Refusal(422, "invalid attribute", "Too many tags: at most 10")
    workspace["tags"] = tags


@contextmanager
def served() -> Iterator[Organization]:
    """An organization with nothing in it, and its API at `address`, without TLS."""
    organization = Organization()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            url = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(url.query).items()}
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            organization.requests.append(f"{self.command} {url.path}")
            try:
                if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                    raise Refusal(401, "unauthorized")
                status, document = organization.answer(self.command, unquote(url.path), query, body)
            except Refusal as refusal:
                status, document = refusal.status, refusal.document
            self.send_response(status)
            self.send_header("Content-Type", "application/vnd.api+json")
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        do_GET = do_POST = do_PATCH = _handle  # noqa: N815 (http.server names them so)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    organization.address = f"127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield organization
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
