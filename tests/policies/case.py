"""One request, and the verdict that AWS must come to on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.builders import ARCHIVE_ACCOUNT_ID
from tests.policies.evaluator import Document, Principal, Question
from tests.policies.setups import EVERYBODY


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Somebody who asks for something, and the names of the documents that decide; `owner` has what they ask for."""

    group: str
    who: str
    principal: Principal
    identity: str | None = None
    resource_policy: str | None = None
    boundary: str | None = None
    guardrail: str | None = None
    owner: str = ARCHIVE_ACCOUNT_ID

    def asks(
        self,
        actions: str | tuple[str, ...],
        what: str,
        resource: str,
        verdict: str,
        *,
        context: Mapping[str, str] | None = None,
        tls: bool = True,
    ) -> list["Case"]:
        """One case for each action; `what` says in words what `resource` and the rest are."""
        return [
            Case(self, action, what, resource, verdict, context=context or {}, tls=tls)
            for action in ([actions] if isinstance(actions, str) else actions)
        ]


@dataclass(frozen=True)
class Case:
    """A request, in words and as AWS gets it, and its verdict."""

    asker: Asker
    action: str
    what: str
    resource: str
    verdict: str
    context: Mapping[str, str] = field(default_factory=dict)
    tls: bool = True

    @property
    def sentence(self) -> str:
        """What names the case among all of its setup."""
        return f"{self.asker.group}: {self.asker.who}, {self.action} {self.what}"

    @property
    def documents(self) -> set[str]:
        """The names of the documents that decide."""
        asker = self.asker
        return {name for name in (asker.identity, asker.resource_policy, asker.boundary, asker.guardrail) if name}

    def question(self, documents: Mapping[str, Document]) -> Question:
        """The case as it is put to the evaluator, about these documents."""
        asker = self.asker
        return Question(
            principal=asker.principal,
            action=self.action,
            resource=self.resource,
            owner=asker.owner,
            context=self.context,
            identity_policy=documents[asker.identity] if asker.identity else None,
            resource_policy=documents[asker.resource_policy] if asker.resource_policy else None,
            tls=self.tls,
            # The block would refuse what stands for a policy that refuses nothing.
            public_access_blocked=asker.resource_policy != EVERYBODY,
            boundary=documents[asker.boundary] if asker.boundary else None,
            guardrail=documents[asker.guardrail] if asker.guardrail else None,
        )
