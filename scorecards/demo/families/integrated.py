"""Large houses that do nearly everything somewhere."""

from scorecards.demo.lines import antibody, cells, injectables, messenger, tablets, vector
from scorecards.demo.spec import Maker, Marks, Plant
from vendors.vocabulary import Integration, OwnershipType

INTEGRATED: tuple[Maker, ...] = (
    Maker(
        name="Allenborough Integrated Pharma",
        legal_name="Allenborough Integrated Pharma Holdings",
        story="Everything from cell line to clinic on three continents; good everywhere, best nowhere, and never cheap.",
        hq="US", founded=1983, employees=14500, known="audited", price=1.27, integration=Integration.CDMO_CRO,
        shares={"MAB": 22, "SMALL_MOLECULE": 25, "CAR_T_AUTO": 6, "AAV": 7, "MRNA_LNP": 6, "PEPTIDE": 14, "ADVANCED_MAB": 8},
        marks=Marks(platform=4, service=5, scale_up=4, quality=4, digital=5, flexible=3, resilience=5, governance=3, green=4, finance=5),
        ownership=OwnershipType.PUBLIC, owner="US", owner_competes=False, attested="sites capabilities services",
        certificates="ISO_27001 0.2, SOC2_T2 0.6, ISO_14001 0.5", contact="Priscilla Danforth",
        facts={"SVC8": {"months": 5, "cost_pct": 14}},
        sites=(
            Plant(
                name="Lexington biologics", city="Lexington", country="US", lat=42.45, lon=-71.23, timezone="America/New_York", opened=1999,
                can=(*antibody(50, 12000, early=True, fill=20000, clinical=22, late=8, market=4, lead=46, yearly=(700, "kg/y", 80)),
                     *antibody(50, 2000, modality="ADVANCED_MAB", early=True, fill=10000, clinical=10, late=2, lead=44),
                     *vector(50, 1000, serotypes=("AAV2", "AAV8", "AAV9"), plasmids="IN_HOUSE", fill=5000, clinical=7, late=1, lead=48),
                     *cells(days=20, suites=10, products=5, own_vector=(50, 500), clinical=7, late=1, lead=36)),
                inspections="VAI 7.5, NAI 4.8, VAI 2.3, NAI 0.9", certificates="EU 1.3, UK 1.8", markets={"JP": "PMDA"}, single_use=70, modular=3, bsl=2,
                storage=("AMBIENT", "C2_8", "M20", "M80", "LN2"), lanes=("N_AMERICA", "EUROPE", "E_ASIA"),
            ),
            Plant(
                name="Visé sterile and RNA", city="Visé", country="BE", lat=50.74, lon=5.70, timezone="Europe/Brussels", opened=2007,
                can=(*injectables(200_000, yearly=50e6, sold=75, syringes=True, clinical=9, late=6, market=7, lead=42),
                     *messenger((1, 200), (1, 100), fill=40000, clinical=5, late=1, lead=40)),
                inspections="NAI 5.5, NAI 2.7", certificates="EU 0.9, UK 2.1", licences="MIA 0.9, MIA_IMP 0.9", markets={"JP": "PMDA"},
                single_use=65, modular=3, bsl=2, oeb=4, storage=("AMBIENT", "C2_8", "M20", "M80"), lanes=("EUROPE", "N_AMERICA"),
            ),
            Plant(
                name="Manatí solids", city="Manatí", country="PR", lat=18.43, lon=-66.49, timezone="America/Puerto_Rico", opened=1991,
                can=tablets(5_000_000, yearly=3000e6, sold=75, clinical=10, late=8, market=18, lead=30), inspections="VAI 6.6, VAI 3.8, NAI 1.3",
                certificates="EU 2.0", modular=2, oeb=4, schedules=("II", "III", "IV"), storage=("AMBIENT",), lanes=("N_AMERICA", "LATAM"),
            ),
        ),
    ),
    Maker(
        name="Cordellane Group",
        legal_name="Cordellane Group AG",
        story="Put together by purchases; owners changed again this year and the sites still speak different languages.",
        hq="CH", founded=1995, employees=8800, known="documented", price=0.96, integration=Integration.CDMO_CRO,
        shares={"MAB": 28, "SMALL_MOLECULE": 34, "PEPTIDE": 16, "MRNA_LNP": 4, "ADVANCED_MAB": 6},
        marks=Marks(platform=3, service=4, scale_up=3, quality=3, digital=3, flexible=3, resilience=4, governance=2, green=3, finance=3),
        ownership=OwnershipType.PE, owner="US", control_changed=0.4, owner_competes=True, attested="sites", contact="Reto Vontobler",
        partners=(("Capsidora Vectorworks", "N_AMERICA", "VECTOR", False), ("Saebyeokdo Biologics", "E_ASIA", "UPSTREAM", True)),
        sites=(
            Plant(
                name="Schaffhausen biologics", city="Schaffhausen", country="CH", lat=47.70, lon=8.63, timezone="Europe/Zurich", opened=2002,
                can=(*vector(20, 250, serotypes=("AAV8", "AAV9"), plasmids="PARTNER", clinical=3, lead=30),
                     *antibody(100, 12000, early=True, clinical=11, late=5, market=3, lead=28, yearly=(600, "kg/y", 60)),
                     *antibody(50, 1000, modality="ADVANCED_MAB", early=True, fill=6000, clinical=5, lead=26)),
                inspections="VAI 4.7, VAI 1.8", certificates="EU 1.9, UK 2.6", licences="MIA 1.9", markets={"CH": "Swissmedic", "JP": "PMDA"}, single_use=55, modular=2, bsl=1,
                lanes=("EUROPE", "N_AMERICA"),
            ),
            Plant(
                name="Ahmedabad injectables and solids", city="Ahmedabad", country="IN", lat=23.02, lon=72.57, timezone="Asia/Kolkata", opened=1998,
                can=(*injectables(300_000, yearly=90e6, sold=65, clinical=4, late=5, market=8, lead=16),
                     *tablets(5_000_000, yearly=4000e6, sold=70, clinical=5, late=5, market=15, lead=14)),
                inspections="OAI 5.2, VAI 3.5, VAI 1.5", certificates="EU 2.7", licences="NATIONAL_LICENCE 1.9", markets={"IN": "CDSCO"}, modular=1, oeb=4,
                storage=("AMBIENT", "C2_8"), lanes=("S_ASIA", "EUROPE", "N_AMERICA"),
            ),
            Plant(
                name="Raleigh RNA suite", city="Raleigh", country="US", lat=35.78, lon=-78.64, timezone="America/New_York", opened=2022,
                can=(*cells(days=22, suites=5, products=2, clinical=3, lead=22),
                     *messenger((1, 30), (1, 20), fill=5000, clinical=2, lead=20)), single_use=95, modular=4, bsl=2, storage=("C2_8", "M80"), lanes=("N_AMERICA",),
            ),
        ),
    ),
    Maker(
        name="Umbermoss Laboratories",
        legal_name="Umbermoss Laboratories (Pty) Ltd",
        story="A name on a list and a returned e-mail; kept here to show what a vendor without evidence looks like.",
        hq="ZA", founded=2009, employees=95, known="silent", price=0.8,
        shares={}, owner="", chain_complete=None, screens=dict.fromkeys(("OFAC", "1260H", "OMB_BIOSECURE", "ENTITY_LIST"), ""), cda="none",
        sites=(
            Plant(name="Gqeberha", city="Gqeberha", country="ZA", lat=-33.96, lon=25.60, timezone="Africa/Johannesburg", opened=2010, storage=()),
        ),
    ),
)  # fmt: skip
