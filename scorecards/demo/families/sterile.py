"""Sterile injectables: vials, syringes, freeze drying."""

from scorecards.demo.lines import injectables, messenger
from scorecards.demo.spec import Maker, Marks, Plant
from vendors.vocabulary import Integration, OwnershipType

STERILE: tuple[Maker, ...] = (
    Maker(
        name="Isolaria Sterile",
        legal_name="Isolaria Sterile S.r.l.",
        story="Isolators everywhere, verified by regulators; freeze drying at scale and a queue that shows it.",
        hq="IT", founded=1996, employees=830, known="audited", price=1.14,
        shares={"PEPTIDE": 38, "SMALL_MOLECULE": 30, "MAB": 20},
        marks=Marks(platform=4, service=4, scale_up=4, quality=5, digital=4, flexible=3, resilience=4, governance=4, green=4, finance=4),
        owner="IT", attested="sites capabilities services", certificates="ISO_14001 0.8, ISO_27001 1.0", contact="Fiammetta Corsano",
        sites=(
            Plant(
                name="Parma isolator halls", city="Parma", country="IT", lat=44.80, lon=10.33, timezone="Europe/Rome", opened=2001,
                can=injectables(250_000, yearly=60e6, sold=70, syringes=True, clinical=8, late=8, market=11, lead=38),
                inspections="NAI 6.3, VAI 4.0, NAI 1.2", certificates="EU 0.5, UK 1.6", licences="MIA 0.5", markets={"JP": "PMDA"},
                single_use=40, modular=2, oeb=4, storage=("AMBIENT", "C2_8", "M20"), lanes=("EUROPE", "N_AMERICA"), facts={"QUA7": {"level": 5}},
            ),
        ),
    ),
    Maker(
        name="Nordlyng Fill-Finish",
        legal_name="Nordlyng Fill-Finish A/S",
        story="Syringes and vials with a digital backbone; smaller batches than the large houses, and open books.",
        hq="DK", founded=2006, employees=450, known="documented", price=0.98, integration=Integration.CMO,
        shares={"PEPTIDE": 55, "MAB": 35},
        marks=Marks(platform=3, service=4, scale_up=4, quality=4, digital=5, flexible=4, resilience=4, governance=5, green=5, finance=3),
        owner="DK", attested="sites capabilities", certificates="ISO_27001 0.4", contact="Ditte Skovbjerg",
        sites=(
            Plant(
                name="Odense fill hall", city="Odense", country="DK", lat=55.40, lon=10.39, timezone="Europe/Copenhagen", opened=2008,
                can=injectables(120_000, yearly=28e6, sold=50, syringes=True, clinical=7, late=5, market=5, lead=24),
                inspections="NAI 4.9, NAI 2.0", certificates="EU 1.0", licences="MIA 1.0, MIA_IMP 1.0", single_use=60, modular=4, oeb=4,
                storage=("AMBIENT", "C2_8"), lanes=("EUROPE", "N_AMERICA"),
            ),
        ),
    ),
    Maker(
        name="Gulfspar Injectables",
        legal_name="Gulfspar Injectables FZ-LLC",
        story="New plant in the Gulf; European inspectors issued a statement of non-compliance nine months ago.",
        hq="AE", founded=2014, employees=380, known="claimed", price=0.67,
        shares={"PEPTIDE": 40, "SMALL_MOLECULE": 45},
        marks=Marks(platform=3, service=3, scale_up=3, quality=2, digital=3, flexible=3, resilience=3, governance=3, green=2, finance=5),
        ownership=OwnershipType.STATE, owner="AE", attested="capabilities", contact="Sultan Al Rashoodi",
        sites=(
            Plant(
                name="Ras Al Khaimah", city="Ras Al Khaimah", country="AE", lat=25.79, lon=55.94, timezone="Asia/Dubai", opened=2016,
                can=injectables(200_000, yearly=45e6, sold=30, clinical=2, late=3, market=3, lead=10),
                inspections="VAI 2.7", actions=("GMP_NONCOMPLIANCE 0.75",), certificates="EU 3.6", markets={"AE": "MOHAP"},
                single_use=50, modular=2, oeb=3, storage=("AMBIENT", "C2_8"), lanes=("MEA", "EUROPE"),
            ),
        ),
    ),
    Maker(
        name="Shanlintai Injectables",
        legal_name="Shanlintai Injectables Co.",
        story="Enormous filling capacity; on import alert for a year, and an exact (invented) match on one list.",
        hq="CN", founded=2002, employees=2900, known="sparse", price=0.49,
        shares={"PEPTIDE": 25, "SMALL_MOLECULE": 60},
        marks=Marks(platform=3, service=3, scale_up=4, quality=1, digital=3, flexible=2, resilience=2, governance=1, green=1, finance=3),
        ownership=OwnershipType.STATE, owner="CN", chain_complete=False, screens={"ENTITY_LIST": "fail", "1260H": "conditional"}, contact="Zhao Mengli",
        sites=(
            Plant(
                name="Chengdu filling base", city="Chengdu", country="CN", lat=30.57, lon=104.07, timezone="Asia/Shanghai", opened=2005,
                can=injectables(500_000, yearly=220e6, sold=60, clinical=1, late=4, market=9, lead=8),
                inspections="VAI 5.5, OAI 1.6", actions=("WARNING_LETTER 1.1", "IMPORT_ALERT 1.2"), licences="NATIONAL_LICENCE 1.8", markets={"CN": "NMPA"},
                single_use=10, modular=1, oeb=2, storage=("AMBIENT", "C2_8"), lanes=("E_ASIA",),
            ),
        ),
    ),
    Maker(
        name="Tamberlin Sterile",
        legal_name="Tamberlin Sterile Inc.",
        story="Canadian syringe house; a Form 483 of last month is not classified yet, everything else is in order.",
        hq="CA", founded=1998, employees=510, known="documented", price=0.91,
        shares={"PEPTIDE": 48, "VACCINE": 30},
        marks=Marks(platform=3, service=3, scale_up=3, quality=4, digital=3, flexible=3, resilience=3, governance=4, green=3, finance=4),
        owner="CA", attested="sites capabilities services", contact="Gwendolyn Leclaire",
        sites=(
            Plant(
                name="Mississauga sterile", city="Mississauga", country="CA", lat=43.59, lon=-79.64, timezone="America/Toronto", opened=2000,
                can=(*messenger((1, 100), (1, 60), fill=60000, clinical=3, lead=24),
                     *injectables(150_000, yearly=35e6, sold=55, clinical=5, late=4, market=6, lead=20)),
                inspections="VAI 5.8, NAI 2.5", actions=("FORM_483 0.1",), certificates="EU 2.6", licences="NATIONAL_LICENCE 0.8", markets={"CA": "Health Canada", "EU": "EMA"},
                single_use=45, modular=3, oeb=4, storage=("AMBIENT", "C2_8", "M20", "M80"), lanes=("N_AMERICA", "EUROPE"),
            ),
        ),
    ),
)  # fmt: skip
