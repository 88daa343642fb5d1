"""Messenger RNA and lipid nanoparticles."""

from scorecards.demo.lines import cells, line, messenger
from scorecards.demo.spec import Maker, Marks, Plant
from vendors.vocabulary import Focus, Integration, OwnershipType

RNA: tuple[Maker, ...] = (
    Maker(
        name="Ribolanterne",
        legal_name="Ribolanterne SA",
        story="Transcription, encapsulation and filling under one roof; two campaigns at commercial scale behind it.",
        hq="CH", founded=2013, employees=510, known="audited", price=1.15,
        focus=Focus.NICHE, niches=("MRNA_LNP", "OLIGO"), shares={"MRNA_LNP": 62, "OLIGO": 25},
        marks=Marks(platform=5, service=4, scale_up=4, quality=4, digital=4, flexible=4, resilience=4, governance=4, green=4, finance=4),
        ownership=OwnershipType.PUBLIC, owner="CH", attested="sites capabilities services", certificates="ISO_27001 0.3, ISO_14001 1.0", contact="Mathilde Aebischer",
        sites=(
            Plant(
                name="Visp RNA building", city="Visp", country="CH", lat=46.29, lon=7.88, timezone="Europe/Zurich", opened=2017,
                can=messenger((1, 400), (1, 150), fill=60000, clinical=9, late=3, market=1, lead=26),
                inspections="NAI 2.4", certificates="EU 1.1", licences="MIA_IMP 1.1", single_use=85, modular=4, bsl=2,
                storage=("C2_8", "M20", "M80"), lanes=("EUROPE", "N_AMERICA", "E_ASIA"), markets={"CH": "Swissmedic"},
            ),
        ),
    ),
    Maker(
        name="Messalind RNA Works",
        legal_name="Messalind RNA Works GmbH",
        story="Modular containers deployed on two continents; documents good, the encapsulation line is new.",
        hq="DE", founded=2019, employees=240, known="documented", price=0.95,
        focus=Focus.NICHE, niches=("MRNA_LNP",), shares={"MRNA_LNP": 92},
        marks=Marks(platform=3, service=3, scale_up=3, quality=3, digital=5, flexible=5, resilience=4, governance=4, green=3, finance=3),
        owner="DE", attested="sites capabilities", contact="Friedhelm Ostkamp",
        sites=(
            Plant(
                name="Halle module park", city="Halle (Saale)", country="DE", lat=51.48, lon=11.97, timezone="Europe/Berlin", opened=2020,
                can=messenger((0.5, 60), (0.5, 40), fill=12000, clinical=6, late=1, lead=18), certificates="EU 1.6", licences="MIA_IMP 1.6",
                single_use=100, modular=5, bsl=2, storage=("C2_8", "M80"), lanes=("EUROPE",),
            ),
            Plant(
                name="Kigali modules", city="Kigali", country="RW", lat=-1.95, lon=30.06, timezone="Africa/Kigali", opened=2024,
                can=messenger((0.5, 60), (0.5, 40), clinical=1, lead=30), single_use=100, modular=5, bsl=2, storage=("C2_8", "M80"), lanes=("MEA",),
            ),
        ),
    ),
    Maker(
        name="Quorrel Lipidics",
        legal_name="Quorrel Lipidics Inc.",
        story="The best lipid people of the demo, and no transcription of their own: that step goes to a partner.",
        hq="US", founded=2015, employees=120, known="documented", price=0.88,
        focus=Focus.NICHE, niches=("MRNA_LNP",), shares={"MRNA_LNP": 70},
        marks=Marks(platform=4, service=2, scale_up=3, quality=3, digital=3, flexible=4, resilience=2, governance=4, green=2, finance=2),
        owner="US", partners=(("Messalind RNA Works", "EUROPE", "IVT", True),), contact="Tobiah Renfroe",
        sites=(
            Plant(
                name="Boulder lipid centre", city="Boulder", country="US", lat=40.01, lon=-105.27, timezone="America/Denver", opened=2016,
                can=line("MRNA_LNP", {"LNP_ENCAP": (0.5, 100, "L"), "FILL_VIAL": (200, 20000, "vials"), "TEST_RELEASE": None}, clinical=8, late=1, lead=14),
                inspections="NAI 1.9", single_use=90, modular=3, bsl=2, storage=("C2_8", "M20", "M80"), lanes=("N_AMERICA",),
            ),
        ),
    ),
    Maker(
        name="Hanbitna RNA",
        legal_name="Hanbitna RNA Co., Ltd.",
        story="New, large and cheap; does not encapsulate, and attests its list of capabilities as complete.",
        hq="KR", founded=2021, employees=190, known="claimed", price=0.66, integration=Integration.CMO,
        focus=Focus.NICHE, niches=("MRNA_LNP", "PLASMID"), shares={"MRNA_LNP": 55},
        marks=Marks(platform=3, service=2, scale_up=4, quality=3, digital=4, flexible=3, resilience=3, governance=2, green=3, finance=4),
        ownership=OwnershipType.PUBLIC, owner="KR", attested="capabilities", contact="Seo Ha-eun",
        sites=(
            Plant(
                name="Songdo RNA plant", city="Incheon", country="KR", lat=37.39, lon=126.64, timezone="Asia/Seoul", opened=2022,
                can=(*cells(days=16, suites=8, products=2, clinical=2, lead=12),
                     *messenger((5, 1000), (5, 200), encapsulates=False, fill=80000, clinical=3, lead=12)),
                licences="NATIONAL_LICENCE 0.9", markets={"KR": "MFDS"}, single_use=80, modular=2, bsl=2, storage=("C2_8", "M80"), lanes=("E_ASIA", "EUROPE"),
            ),
        ),
    ),
)  # fmt: skip
