"""Read what a dossier is made of: the frozen bytes and the signatures over them."""

import json

from cdmo_eval.core.models import Signature
from scorecards.exporting.dossier.frozen import Frozen, Signed
from scorecards.models import Snapshot
from scorecards.selectors.snapshots import snapshot_bytes


def frozen_of(snapshot: Snapshot) -> Frozen:
    """A snapshot with its content and signatures, in the order in which it was signed."""
    rows = Signature.objects.for_organization(snapshot.organization).filter(subject_id=snapshot.public_id)
    return Frozen(
        content=json.loads(snapshot_bytes(snapshot)), digest=snapshot.digest, number=snapshot.number, reason=snapshot.reason,
        frozen_by=snapshot.frozen_by_name, frozen_at=snapshot.frozen_at,
        signatures=tuple(
            Signed(row.meaning, row.printed_name, row.signed_at, row.digest, {"role": row.role, "proof": row.proof, "declaration": row.declaration})
            for row in rows.order_by("signed_at", "id")
        ),
    )  # fmt: skip
