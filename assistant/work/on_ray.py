"""A batch on many machines by Ray Data: rows are places, and each actor loads the models once.

Every machine needs headrouter with its models, the folder of the results, and the recordings, under
the same paths or addresses. A row whose worker dies is done again by another; its result is a file
of its own, so nothing is there twice (`assistant.work.batch`).
"""

from collections.abc import Iterator, Sequence
from typing import Any

from assistant.budget.devices import find_device
from assistant.choosing import choose
from assistant.errors import BadRequest
from assistant.settings import Settings
from assistant.work.batch import Row, Worker
from tools.context import Stop
from tools.errors import Stopped

CPUS = 1.0  # that an actor on a CPU reserves


class Doing:
    """What Ray makes an actor of; batches are columns, of one row each."""

    def __init__(self, settings: dict[str, Any], questions: list[str], out: str) -> None:
        self.worker = Worker(Settings(**settings), questions, out)

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """The id of each row and its error, empty where there is none."""
        results = [self.worker.do(Row(str(place))) for place in batch["place"]]
        return {
            "id": [result["id"] for result in results],
            "error": [result["error"] or "" for result in results],
        }


def run_on_ray(
    address: str,
    settings: Settings,
    questions: Sequence[str],
    out: str,
    rows: Sequence[Row],
    *,
    actors: int | None = None,
    make: type[Any] = Doing,
    stop: Stop = lambda: False,
) -> Iterator[dict[str, Any]]:
    """Does rows on a cluster, and tells {"id", "error"} of each as it is done.

    actors: at most so many at a time; left out, as many as the cluster has room for. Raises
    BadRequest where Ray is missing or the cluster can't be reached, and Stopped.
    """
    try:
        import ray
    except ImportError as error:
        raise BadRequest("many machines need Ray: pip install 'headrouter[cluster]'") from error
    try:
        ray.init(address=address, ignore_reinit_error=True, log_to_driver=False)
    except Exception as error:  # whatever Ray raises for an address
        raise BadRequest(f"no Ray cluster answers at {address}: {error}") from error
    try:
        gpu = find_device(settings.device).startswith("cuda") or ray.cluster_resources().get("GPU")
        most = actors or max(1, int(ray.cluster_resources().get("GPU" if gpu else "CPU", 1)))
        kept = settings.model_dump(mode="json", exclude={"home", "api_key"}, exclude_unset=True)
        kept["model"] = choose(settings).name  # the same on every machine
        done = (
            ray.data.from_items([{"place": row.place} for row in rows])
            .repartition(target_num_rows_per_block=1)  # or a small list is one block, for one actor
            .map_batches(
                make,
                fn_constructor_args=(kept, list(questions), out),
                batch_size=1,
                compute=ray.data.ActorPoolStrategy(min_size=1, max_size=min(most, len(rows))),
                num_cpus=None if gpu else CPUS,
                num_gpus=1 if gpu else None,
            )
        )
        for row in done.iter_rows():
            yield {"id": str(row["id"]), "error": str(row["error"]) or None}
            if stop():
                raise Stopped
    finally:
        ray.shutdown()
