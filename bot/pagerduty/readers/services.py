"""The kinds that are about a service."""

from collections.abc import Callable

from bot.domain.events import services
from bot.domain.events.services import ServiceReport
from bot.pagerduty.readers.envelope import Envelope
from bot.pagerduty.readers.values import new_values


def service(kind: type[ServiceReport]) -> Callable[[Envelope], ServiceReport]:
    def read(envelope: Envelope) -> ServiceReport:
        told = envelope.data.needed_reference()
        heard = envelope.heard(told.id, told.id)
        return kind(**heard, service_id=told.id, service=told.summary or told.id)

    return read


def fields(envelope: Envelope) -> ServiceReport:
    told = envelope.data.needed_object("service").needed_reference()
    return services.ServiceFieldsUpdated(
        **envelope.heard(told.id), service_id=told.id, service=told.summary, values=new_values(envelope.data)
    )  # fmt: skip


SERVICES: dict[str, Callable[[Envelope], ServiceReport]] = {
    "service.created": service(services.ServiceCreated),
    "service.updated": service(services.ServiceUpdated),
    "service.deleted": service(services.ServiceDeleted),
    "service.custom_field_values.updated": fields,
}
