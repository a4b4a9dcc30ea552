"""What a rollout may leave out so that nothing arrives."""

from functools import partial

from tests.silence.way import Caught, On, Section, Way

_deploy = partial(Caught, "deploy", on=On.TERRAFORM)
_preflight = partial(Caught, "preflight")

IN_THE_ROLLOUT = Section(
    "In the rollout",
    (
        Way(
            "wave-never-reached",
            "A wave was never reached: an earlier one failed too often, or its check did",
            "Its accounts have no pipeline",
            (_deploy("Again, only what is left: bin/orgtrail deploy --resume"),),
        ),
        Way(
            "budget-spent",
            "The rollout stopped before an account: `rollout.max_failures` was spent",
            "It has no pipeline",
            (_deploy("rollout.max_failures allows 1"),),
        ),
        Way(
            "interrupted",
            "The rollout was interrupted before it applied anything",
            "Its accounts have no pipeline",
            (_deploy("Interrupted before anything was applied: nothing was deployed"),),
        ),
        Way(
            "renamed",
            "The entry was renamed, and its state is looked for by its new name",
            "The account isn't deployed, so that it doesn't get a second pipeline",
            (_deploy("mv -n -- states/old.tfstate states/account-1.tfstate … So nothing was deployed."),),
        ),
        Way(
            "state-locked",
            "A run that was killed has left the state locked",
            "The stack isn't deployed",
            (_preflight("the state of bob is locked: s3://acme-terraform-state/orgtrail/444444444444/"),),
        ),
        Way(
            "orphaned",
            "The entry was taken out of the file, and its pipeline is still there",
            "It delivers into a folder that no table lists and `status` doesn't look at, or is refused",
            (Caught("orphans", "orgtrail/444444444444/terraform.tfstate … 10"),),
        ),
    ),
)
