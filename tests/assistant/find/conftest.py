"""A house of recordings whose model knows two sounds by name."""

from dataclasses import replace

import pytest
from house import House, Reader

from headrouter.models import MODELS


@pytest.fixture
def listener():
    card = replace(MODELS["nano"], name="fake", sounds=("siren", "dog"), voices=())
    return Reader(card=card)


@pytest.fixture
def house(tmp_path, listener):
    house = House(tmp_path, listener)
    with house.assistant:
        yield house
