import pytest
from tests.journeys.conftest import *
from tests.eventually import eventually
pytest_plugins=[]
@pytest.mark.anyio
async def test_c(town):
    page = await town.pagerduty.trigger("Checkout is down")
    room = await town.room()
    carol = town.slack.user("Carol")
    carol.email = "carol.chen@example.org"
    await town.press("Carol", "ack")
    await town.settled()
    carol.email = "carol@example.com"
    print((await town.slack.command("Carol", room.id, "/incident link-me")))
    import asyncio; await asyncio.sleep(1)
    for x in town.told("Carol"): print("TOLD", x)
    for c in list(town.faults.log)[-12:]: print(c)
