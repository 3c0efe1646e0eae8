"""Tests of serve/cluster.py that need no cluster: what Serve's messages say to a user."""

import pytest

from serve.cluster import lack_in, reason_in, refuse_failure
from serve.plan import StartError

SLOW = (
    "Deployment 'wan' in application 'lookreel' has 1 replicas that have taken more than 20s to be "
    "scheduled. This may be due to waiting for the cluster to auto-scale. Resources required for "
    'each replica: {"CPU": 0.5, "GPU": 1.0}, total resources available: {"CPU": 2.0}. Use '
    "`ray status` for more details."
)
TRACEBACK = """The deployment failed to start 3 times in a row. Error:
Traceback (most recent call last):
  File "replica.py", line 1, in initialize
    load()
    ^^^^^^
  File "loader.py", line 2, in load
    raise ModelUnavailable("no weights at /models/wan")
    ^^^^^
serve.errors.ModelUnavailable: no weights at /models/wan"""


def test_only_the_resource_that_is_missing_is_named() -> None:
    assert lack_in(SLOW) == "it needs 1 GPU and 0 is free"


def test_a_replica_whose_place_is_there_is_only_slow() -> None:
    message = SLOW.replace('{"CPU": 2.0}', '{"CPU": 2.0, "GPU": 1.0}')
    assert lack_in(message) is None
    refuse_failure("wan", "UPDATING", message)


def test_of_a_traceback_the_words_remain() -> None:
    assert reason_in(TRACEBACK) == "serve.errors.ModelUnavailable: no weights at /models/wan"


def test_the_first_failure_to_start_is_final() -> None:
    with pytest.raises(StartError, match="wan: serve.errors.ModelUnavailable: no weights"):
        refuse_failure("wan", "UPDATING", TRACEBACK)


def test_a_message_without_a_traceback_is_told_as_it_is() -> None:
    with pytest.raises(StartError, match="wan: The replica was killed"):
        refuse_failure("wan", "UNHEALTHY", "The replica was killed")
