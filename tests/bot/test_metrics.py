"""What Muster counts about itself has a name and a sentence, and no label that grows without end."""

import re

import pytest
from prometheus_client import Counter, Gauge, Histogram

from bot import metrics

KINDS = (Counter, Gauge, Histogram)
LABELS = {"door", "outcome", "effect", "origin", "source", "system", "cause", "method", "priority", "action"}
FAMILIES = [found for name in metrics.__all__ if isinstance(found := getattr(metrics, name), KINDS)]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family._name)
def test_each_has_our_prefix_and_says_what_it_is(family: Counter | Gauge | Histogram) -> None:
    assert re.fullmatch(r"muster_[a-z_]+", family._name)
    assert family._documentation


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family._name)
def test_labels_are_of_kinds_and_never_of_people_or_incidents(family: Counter | Gauge | Histogram) -> None:
    assert set(family._labelnames) <= LABELS
