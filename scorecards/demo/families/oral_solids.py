"""Small molecules for the mouth."""

from scorecards.demo.lines import tablets
from scorecards.demo.spec import Maker, Marks, Plant
from vendors.vocabulary import Integration, OwnershipType, SiteStatus

ORAL_SOLIDS: tuple[Maker, ...] = (
    Maker(
        name="Hochfeldt Solids",
        legal_name="Hochfeldt Solids GmbH & Co. KG",
        story="Contained granulation up to band 5, spray drying in commercial products, three generations of one family.",
        hq="DE", founded=1961, employees=720, known="audited", price=1.16,
        shares={"SMALL_MOLECULE": 94},
        marks=Marks(platform=4, service=4, scale_up=4, quality=5, digital=3, flexible=3, resilience=4, governance=4, green=5, finance=4),
        owner="DE", attested="sites capabilities services", certificates="ISO_14001 0.9, PSCI 1.1", contact="Annegret Hochfeldt",
        sites=(
            Plant(
                name="Biberach solids", city="Biberach", country="DE", lat=48.10, lon=9.79, timezone="Europe/Berlin", opened=1978,
                can=tablets(4_000_000, yearly=900e6, sold=55, clinical=12, late=9, market=14, lead=20),
                inspections="NAI 8.0, NAI 5.4, VAI 3.1, NAI 1.0", certificates="EU 0.6, UK 1.9", licences="MIA 0.6", markets={"JP": "PMDA", "BR": "ANVISA"},
                modular=2, oeb=5, schedules=("II", "III", "IV"), storage=("AMBIENT", "C2_8"), lanes=("EUROPE", "N_AMERICA"), facts={"MOD6": {"level": 5}},
            ),
        ),
    ),
    Maker(
        name="Tablinor Pharma Services",
        legal_name="Tablinor Pharma Services S.p.A.",
        story="Big Italian tablet house; dependable, a little old-fashioned, well documented.",
        hq="IT", founded=1972, employees=1100, known="documented", price=0.88, integration=Integration.CMO,
        shares={"SMALL_MOLECULE": 90},
        marks=Marks(platform=3, service=3, scale_up=4, quality=4, digital=2, flexible=2, resilience=4, governance=3, green=3, finance=4),
        owner="IT", attested="sites capabilities", contact="Ginevra Bellandi",
        sites=(
            Plant(
                name="Latina", city="Latina", country="IT", lat=41.47, lon=12.90, timezone="Europe/Rome", opened=1980,
                can=tablets(6_000_000, yearly=2500e6, sold=70, clinical=4, late=6, market=22, lead=14),
                inspections="VAI 7.2, NAI 4.5, VAI 1.6", certificates="EU 1.7", licences="MIA 1.7", markets={"JP": "PMDA"},
                modular=1, oeb=4, storage=("AMBIENT",), lanes=("EUROPE", "N_AMERICA", "MEA"),
            ),
            Plant(
                name="Catania (closed)", city="Catania", country="IT", lat=37.50, lon=15.09, timezone="Europe/Rome", opened=1985,
                status=SiteStatus.CLOSED, storage=(),
            ),
        ),
    ),
    Maker(
        name="Kaveriputra Labs",
        legal_name="Kaveriputra Labs Limited",
        story="Cheapest by far; a warning letter of last winter stands open and its remediation is claimed, not shown.",
        hq="IN", founded=1988, employees=5200, known="claimed", price=0.52,
        shares={"SMALL_MOLECULE": 86, "PEPTIDE": 8},
        marks=Marks(platform=3, service=3, scale_up=4, quality=2, digital=2, flexible=2, resilience=3, governance=2, green=1, finance=4),
        ownership=OwnershipType.PUBLIC, owner="IN", attested="sites capabilities", contact="Raghavendra Iyengar",
        sites=(
            Plant(
                name="Mysuru solids", city="Mysuru", country="IN", lat=12.30, lon=76.64, timezone="Asia/Kolkata", opened=1995,
                can=tablets(8_000_000, yearly=6000e6, sold=65, clinical=6, late=8, market=30, lead=9),
                inspections="VAI 6.8, OAI 4.2, VAI 3.0, OAI 1.0", actions=("WARNING_LETTER 0.55", "FORM_483 1.02", "RECALL 2.2 Class III"),
                certificates="EU 3.2", licences="NATIONAL_LICENCE 2.0", markets={"IN": "CDSCO"}, modular=1, oeb=3, storage=("AMBIENT",),
                lanes=("S_ASIA", "N_AMERICA", "EUROPE"),
            ),
        ),
    ),
    Maker(
        name="Mesquitela Oral Dose",
        legal_name="Mesquitela Oral Dose Ltda.",
        story="Brazilian house for the home market that wants to export; old records, band 4 by its own word.",
        hq="BR", founded=1990, employees=480, known="old", price=0.69,
        shares={"SMALL_MOLECULE": 97},
        marks=Marks(platform=2, service=3, scale_up=3, quality=3, digital=1, flexible=2, resilience=3, governance=3, green=3, finance=2),
        owner="BR", contact="Thaís Mesquitela",
        sites=(
            Plant(
                name="Anápolis", city="Anápolis", country="BR", lat=-16.33, lon=-48.95, timezone="America/Sao_Paulo", opened=1996,
                can=tablets(3_000_000, yearly=1200e6, sold=80, clinical=1, late=2, market=16, lead=16),
                inspections="NAI 6.1", licences="NATIONAL_LICENCE 2.3", markets={"BR": "ANVISA"}, facts={"QUA2": {"critical": 0, "major": 1, "minor": 6, "closed_major": 1}},
                modular=1, oeb=4, storage=("AMBIENT",), lanes=("LATAM",),
            ),
        ),
    ),
    Maker(
        name="Prairielight Dose Forms",
        legal_name="Prairielight Dose Forms LLC",
        story="Friendly mid-size house with continuous manufacturing; a warning letter of years ago was closed out properly.",
        hq="US", founded=2001, employees=390, known="documented", price=1.02,
        shares={"SMALL_MOLECULE": 92},
        marks=Marks(platform=4, service=4, scale_up=4, quality=4, digital=5, flexible=4, resilience=3, governance=5, green=3, finance=3),
        ownership=OwnershipType.PE, owner="US", control_changed=0.7, attested="sites capabilities services", certificates="SOC2_T2 0.5", contact="Hollis Vandermeer",
        sites=(
            Plant(
                name="Lincoln continuous line", city="Lincoln", country="US", lat=40.81, lon=-96.70, timezone="America/Chicago", opened=2004,
                can=tablets(2_500_000, yearly=700e6, sold=45, clinical=9, late=6, market=6, lead=12),
                inspections="OAI 6.9, VAI 5.6, NAI 3.2, NAI 1.1", actions=("WARNING_LETTER 6.3 closed 5.0",), certificates="EU 1.4",
                modular=3, oeb=4, schedules=("II", "III", "IV", "V"), storage=("AMBIENT", "C2_8"), lanes=("N_AMERICA",),
            ),
        ),
    ),
)  # fmt: skip
