"""Which vendor, site and capability each row is about, by the keys of the file and of what is there already.

A vendor is found by its external id, else by the FEI of one of its sites, else by its name; a site by its FEI,
else by its external id, else by its name within the vendor. Later rows find what earlier rows have named.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

from vendors.imports.fields import EXTERNAL_SYSTEM
from vendors.imports.known import ExternalKey, Known
from vendors.imports.repairs import NO_REPAIRS, Repairs
from vendors.imports.targets import CapabilityTarget, ParsedRow, RowError, SiteTarget, Target, VendorTarget

_KEYS = frozenset({"external_id", "external_system", "name", "fei"})
EVERYTHING = frozenset({"vendor", "site", "capability"})


class Placed(NamedTuple):
    """What one row is about."""

    vendor: VendorTarget
    site: SiteTarget | None = None
    capability: CapabilityTarget | None = None


class Placing:
    """Collects the targets of a file, row by row.

    `describes` are the kinds of object that the file is about: of these it makes new ones and changes names and numbers.
    Others are only named, by which they are found; a name that finds nothing is an error, unless a repair says to make
    something of it.
    """

    def __init__(
        self, known: Known, *, describes: Collection[str] = EVERYTHING, repairs: Repairs = NO_REPAIRS
    ) -> None:
        self.known = known
        self._describes = frozenset(describes)
        self._repairs = repairs
        self.vendors: list[VendorTarget] = []
        self._of_vendor: dict[int, VendorTarget] = {}
        self._by_id: dict[ExternalKey, VendorTarget] = {}
        self._by_name: dict[str, VendorTarget] = {}
        self._of_site: dict[int, SiteTarget] = {}
        self._site_by_id: dict[ExternalKey, SiteTarget] = {}
        self._site_by_fei: dict[str, SiteTarget] = {}
        self._site_by_name: dict[tuple[VendorTarget, str], SiteTarget] = {}
        self._names_of: dict[int, set[str]] = {}
        self._systems_of: dict[int, dict[str, str]] = {}
        self._site_systems_of: dict[int, dict[str, str]] = {}
        for name, vendor_id in known.names.items():
            self._names_of.setdefault(vendor_id, set()).add(name)
        for name, vendor_ids in known.other_names.items():
            for vendor_id in vendor_ids:
                self._names_of.setdefault(vendor_id, set()).add(name)
        for (system, value), vendor_id in known.vendor_ids.items():
            self._systems_of.setdefault(vendor_id, {})[system] = value
        for (system, value), site_id in known.site_ids.items():
            self._site_systems_of.setdefault(site_id, {})[system] = value

    def place(self, row: ParsedRow) -> Placed:
        """Take one row. Raises RowError when its keys contradict each other or the rest of the file."""
        vendor = self._vendor(row)
        _state(vendor, row, "vendor")
        for path, value in row.values.items():
            if path.startswith("service.") and path.count(".") == 2:
                _, code, column = path.split(".")
                service = vendor.services.setdefault(code, Target(row=row.number, path=f"service.{code}"))
                service.state(column, value, row)
        entities = {path.partition(".")[0] for path in row.values}
        if not entities & {"site", "capability"}:
            return Placed(vendor)
        site = self._site(row, vendor)
        _state(site, row, "site")
        if "capability" not in entities:
            return Placed(vendor, site)
        capability = _capability(row, site, self.known)
        if capability.existing is None:
            code = f"{capability.modality} {capability.operation}"
            self._require("capability", "capability.operation", code, f"no {code} is known at {site.name!r}")
        _state(capability, row, "capability")
        return Placed(vendor, site, capability)

    def named(self, name: str, row: ParsedRow, *, path: str) -> VendorTarget:
        """Another vendor that a row names. Raises RowError when there is none of that name."""
        found = self._vendor_named(name)
        if found is None:
            self._require("", path, name, f"no vendor is known as {name!r}", code="unknown_vendor")
            found = self._new_vendor(row, name)
        return found

    def _new_vendor(self, row: ParsedRow, name: str) -> VendorTarget:
        found = VendorTarget(row=row.number, path="vendor", name=name, names={name.casefold()})
        found.state("name", name, row)
        self.vendors.append(found)
        self._by_name[name.casefold()] = found
        return found

    def _require(self, entity: str, path: str, name: str, why: str, code: str = "") -> None:
        """Refuse to make something that the file only names, unless a repair says to."""
        if entity not in self._describes and not self._repairs.creates(path, name):
            raise RowError(path, code or f"unknown_{entity}", why, name)

    def _vendor(self, row: ParsedRow) -> VendorTarget:
        key, name = _external_key(row, "vendor"), row.values.get("vendor.name", "")
        named = self._vendor_named(name) if name else None
        found = self._vendor_called(key) if key else None
        if found is None and (fei := row.values.get("site.fei")):
            site = self._site_with_fei(fei.lstrip("0"))
            found = site.vendor if site else None
        if found is None:
            found = named
        if found is None:
            if not name:
                raise self._nameless(row, key)
            self._require("vendor", "vendor.name", name, f"no vendor is known as {name!r}")
            found = self._new_vendor(row, name)
        elif name and name.casefold() not in found.names:
            if named is not None:
                raise RowError(
                    "vendor.name",
                    "other_vendor",
                    f"{name!r} is another vendor than {found.name!r}, which the row's id or FEI is of",
                )
            if "vendor" in self._describes:
                found.state("name", name, row)
                self._by_name[name.casefold()] = found
        if key and ("vendor" in self._describes or found.existing is None):
            if key not in self.known.vendor_ids:
                found.call(key, row.number)
            self._by_id[key] = found
        return found

    def _nameless(self, row: ParsedRow, key: ExternalKey | None) -> RowError:
        """Why a row without a vendor's name finds none."""
        if "vendor" in self._describes:
            return RowError("vendor.name", "required", "a new vendor needs a name")
        if key is not None:
            return RowError("vendor.external_id", "unknown_id", f"no vendor has the id {key[1]!r}", key[1])
        if fei := row.values.get("site.fei"):
            return RowError("site.fei", "unknown_site", f"no site has the FEI {fei}", fei)
        return RowError("vendor.name", "required", "the row does not say which vendor it is about")

    def _vendor_called(self, key: ExternalKey) -> VendorTarget | None:
        if key in self._by_id:
            return self._by_id[key]
        vendor_id = self.known.vendor_ids.get(key)
        return None if vendor_id is None else self._existing_vendor(vendor_id)

    def _vendor_named(self, name: str) -> VendorTarget | None:
        wanted = name.casefold()
        if wanted in self._by_name:
            return self._by_name[wanted]
        if wanted in self.known.names:
            return self._existing_vendor(self.known.names[wanted])
        others = self.known.other_names.get(wanted, set())
        if len(others) > 1:
            raise RowError("vendor.name", "ambiguous", f"{name!r} is a name of several vendors")
        return self._existing_vendor(next(iter(others))) if others else None

    def _existing_vendor(self, vendor_id: int) -> VendorTarget:
        if vendor_id not in self._of_vendor:
            vendor = self.known.vendors[vendor_id]
            target = VendorTarget(
                row=0,
                path="vendor",
                name=vendor.name,
                existing=vendor,
                names=self._names_of[vendor_id],
                systems=dict(self._systems_of.get(vendor_id, {})),
            )
            self._of_vendor[vendor_id] = target
            self.vendors.append(target)
        return self._of_vendor[vendor_id]

    def _site(self, row: ParsedRow, vendor: VendorTarget) -> SiteTarget:
        key, name = _external_key(row, "site"), row.values.get("site.name", "")
        fei = row.values.get("site.fei", "").lstrip("0")
        found = self._site_with_fei(fei) if fei else None
        if found is None and key:
            found = self._site_called(key)
        if found is not None and found.vendor is not vendor:
            field = "site.fei" if fei and found.fei_key == fei else "site.external_id"
            raise RowError(field, "other_vendor", f"is of the site {found.name!r} of {found.vendor.name!r}")
        described = "site" in self._describes
        if found is None:
            found = self._site_in_vendor(row, vendor, name, fei)
            described = described or found.existing is None
        elif described and name and name.casefold() != found.name.casefold():
            if self._site_named(vendor, name) is not None:
                raise RowError("site.name", "other_site", f"{name!r} is another site of {vendor.name!r}")
            found.state("name", name, row)
            self._site_by_name[vendor, name.casefold()] = found
        if not described:
            return found
        if fei and found.fei_key != fei:  # the same number with other zeros in front changes nothing
            found.state("fei", row.values["site.fei"], row)
            found.fei_key = fei
            self._site_by_fei[fei] = found
        if key:
            if key not in self.known.site_ids:
                found.call(key, row.number)
            self._site_by_id[key] = found
        return found

    def _site_in_vendor(self, row: ParsedRow, vendor: VendorTarget, name: str, fei: str) -> SiteTarget:
        """The site of that name, or of the vendor's name when the row gives none; else a new one."""
        label = name or vendor.name
        found = self._site_named(vendor, label)
        if found is not None and fei and found.fei_key not in {"", fei}:
            if name:
                raise RowError(
                    "site.fei",
                    "other_fei",
                    f"is {fei}, but the site {name!r} of {vendor.name!r} has the FEI {found.fei_key}",
                )
            label = f"{vendor.name} {fei}"[:_SITE_NAME]
            found = self._site_named(vendor, label)
        if found is None:
            if not name and "site" not in self._describes:
                said = row.values.get("site.external_id") or fei
                field = (
                    "site.external_id"
                    if "site.external_id" in row.values
                    else "site.fei"
                    if fei
                    else "site.name"
                )
                raise RowError(
                    field,
                    "unknown_site",
                    f"no site of {vendor.name!r} is known by {said!r}"
                    if said
                    else f"the row does not say which site of {vendor.name!r} it is about",
                    said,
                )
            self._require("site", "site.name", label, f"{vendor.name!r} has no site {label!r}")
            found = SiteTarget(row=row.number, path="site", vendor=vendor, name=label)
            found.state("name", label, row)
            vendor.sites.append(found)
            self._site_by_name[vendor, label.casefold()] = found
        return found

    def _site_with_fei(self, fei_key: str) -> SiteTarget | None:
        if fei_key in self._site_by_fei:
            return self._site_by_fei[fei_key]
        site_ids = self.known.sites_by_fei.get(fei_key, [])
        if len(site_ids) > 1:
            raise RowError("site.fei", "ambiguous", f"{fei_key} is the FEI of several sites")
        return self._existing_site(site_ids[0]) if site_ids else None

    def _site_called(self, key: ExternalKey) -> SiteTarget | None:
        if key in self._site_by_id:
            return self._site_by_id[key]
        site_id = self.known.site_ids.get(key)
        return None if site_id is None else self._existing_site(site_id)

    def _site_named(self, vendor: VendorTarget, name: str) -> SiteTarget | None:
        wanted = name.casefold()
        if (vendor, wanted) in self._site_by_name:
            return self._site_by_name[vendor, wanted]
        site_id = self.known.sites_by_name.get((vendor.existing.pk, wanted)) if vendor.existing else None
        return None if site_id is None else self._existing_site(site_id)

    def _existing_site(self, site_id: int) -> SiteTarget:
        if site_id not in self._of_site:
            site = self.known.sites[site_id]
            vendor = self._existing_vendor(site.vendor_id)
            target = SiteTarget(
                row=0,
                path="site",
                vendor=vendor,
                name=site.name,
                existing=site,
                fei_key=site.fei_key,
                systems=dict(self._site_systems_of.get(site_id, {})),
            )
            self._of_site[site_id] = target
            vendor.sites.append(target)
        return self._of_site[site_id]


_SITE_NAME = 200


def _external_key(row: ParsedRow, entity: str) -> ExternalKey | None:
    """The row's external id of a vendor or site."""
    value = row.values.get(f"{entity}.external_id")
    if value is None:
        if f"{entity}.external_system" in row.values:
            raise RowError(f"{entity}.external_system", "alone", f"is given without {entity}.external_id")
        return None
    return row.values.get(f"{entity}.external_system", EXTERNAL_SYSTEM), value


def _capability(row: ParsedRow, site: SiteTarget, known: Known) -> CapabilityTarget:
    """The site's capability of the row's modality and operation."""
    modality, operation = (row.values.get(f"capability.{part}") for part in ("modality", "operation"))
    if modality is None or operation is None:
        missing = "modality" if modality is None else "operation"
        raise RowError(
            f"capability.{missing}", "required", "a capability needs its modality and its operation"
        )
    key = (modality, operation)
    if key not in site.capabilities:
        existing = known.capabilities.get((site.existing.pk, *key)) if site.existing else None
        site.capabilities[key] = CapabilityTarget(
            row=row.number,
            path="capability",
            site=site,
            modality=modality,
            operation=operation,
            existing=existing,
        )
    return site.capabilities[key]


_NOT_STATED: dict[str, frozenset[str]] = {
    "vendor": _KEYS,
    "site": _KEYS,
    "capability": frozenset({"modality", "operation"}),
}


def _state(target: Target, row: ParsedRow, entity: str) -> None:
    """Take the row's values about an object, its keys apart."""
    values: dict[str, Any] = {
        path.partition(".")[2]: value for path, value in row.values.items() if path.startswith(f"{entity}.")
    }
    for column, value in values.items():
        if column not in _NOT_STATED[entity]:
            target.state(column, value, row)
