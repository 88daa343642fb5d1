"""What background processes do about webhooks: tell what just happened, send what has become due, find what was forgotten."""

from collections.abc import Callable
from datetime import datetime, timedelta

from cdmo_eval.core import notifications, wakeup
from cdmo_eval.core.events import TASK, number_events
from cdmo_eval.core.webhooks.delivery import deliver, due_organizations, fan_out

FORGOTTEN_AFTER = timedelta(seconds=60)
RECONCILER_SECONDS = 2.0
Clock = Callable[[], datetime]


def tell_events(*, organization_id: int, clock: Clock) -> None:
    """Number what is settled, then tell the organisation's members and receivers."""
    number_events()
    while notifications.tell(organization_id=organization_id, now=clock()):
        pass
    deliver(organization_id=organization_id, clock=clock)


def ask_for_due(*, clock: Clock) -> int:
    """Publish a hint for each organisation with something to send; returns how many there are."""
    number_events()
    found = due_organizations(now=clock())
    for organization_id in found:
        wakeup.publish(TASK, organization_id=organization_id)
    return len(found)


def send_forgotten(*, clock: Clock) -> int:
    """For the reconciler: send what no worker has sent for a minute, a little at a time; returns how many messages.

    The reconciler has scores to keep true: it sends for two seconds and one message more, and comes back.
    """
    number_events()
    for organization_id in due_organizations(now=clock() - FORGOTTEN_AFTER):
        fan_out(organization_id=organization_id, now=clock())
        if organization_id in due_organizations(now=clock() - FORGOTTEN_AFTER):
            return deliver(organization_id=organization_id, clock=clock, seconds=RECONCILER_SECONDS)
    return 0
