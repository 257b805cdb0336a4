"""The fault switches as the page shows them."""

from bot.simulator.faults import SWITCHES, Faults
from bot.simulator.page.world import Json


def switches(faults: Faults) -> list[Json]:
    on = faults.switched()
    return [{"name": name, "label": switch.label, "on": name in on} for name, switch in SWITCHES.items()]
