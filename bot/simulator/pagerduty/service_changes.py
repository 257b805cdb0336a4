"""What happens to services, each told as a service event."""

from typing import Any

from bot.simulator.pagerduty.account import Account
from bot.simulator.pagerduty.directory import Service
from bot.simulator.pagerduty.event_data import service_data, service_field_values_data
from bot.simulator.pagerduty.incident import Origin


def create(account: Account, origin: Origin, service: Service) -> None:
    account.services.append(service)
    account.happened("service.created", origin, service_data(account.links, service), service)


def update(account: Account, origin: Origin, service: Service) -> None:
    account.happened("service.updated", origin, service_data(account.links, service), service)


def delete(account: Account, origin: Origin, service: Service) -> None:
    account.services.remove(service)
    account.happened("service.deleted", origin, service_data(account.links, service), service)


def set_fields(account: Account, origin: Origin, service: Service, values: dict[str, Any]) -> None:
    old = {name: service.custom_fields.get(name) for name in values}
    service.custom_fields |= values
    told = service_field_values_data(account.links, service, old)
    account.happened("service.custom_field_values.updated", origin, told, service)
