"""What agents do later: branches that follow main are rebased after main has moved."""

from collections.abc import Sequence

from vivavoce.features.agents.branching import Branches
from vivavoce.features.agents.store import FOLLOW_MAIN
from vivavoce.ports.jobs import Handler, RunningJob


def handlers(branches: Branches) -> Sequence[Handler]:
    """The jobs of this feature."""

    async def follow_main(job: RunningJob) -> None:
        await branches.follow_main(job.workspace_id, job.payload["agent_id"], job.payload["branch_id"])

    return [Handler(FOLLOW_MAIN, follow_main)]
