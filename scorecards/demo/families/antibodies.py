"""Antibodies at commercial scale."""

from scorecards.demo.lines import antibody, cells, injectables, messenger, tablets, vector
from scorecards.demo.spec import REFUSED, Maker, Marks, Plant
from vendors.vocabulary import Integration, OwnershipType

ANTIBODIES: tuple[Maker, ...] = (
    Maker(
        name="Ostravane Biologics",
        legal_name="Ostravane Biologics plc",
        story="Six commercial antibodies, inspected by every authority that matters; asks its price and its time.",
        hq="IE", founded=1999, employees=2600, known="audited", price=1.18,
        shares={"MAB": 64, "RECOMB_PROTEIN": 20},
        marks=Marks(platform=5, service=4, scale_up=5, quality=5, digital=4, flexible=2, resilience=4, governance=4, green=4, finance=5),
        ownership=OwnershipType.PUBLIC, owner="IE", attested="sites capabilities services", certificates="ISO_27001 0.5, ISO_14001 1.4", contact="Caoimhe Fallon",
        sites=(
            Plant(
                name="Cork large scale", city="Cork", country="IE", lat=51.90, lon=-8.47, timezone="Europe/Dublin", opened=2003,
                can=antibody(500, 15000, fill=0, clinical=10, late=9, market=6, lead=40, yearly=(1400, "kg/y", 55)),
                inspections="NAI 7.8, VAI 5.2, NAI 2.9, NAI 0.7", certificates="EU 0.8, UK 1.4", licences="MIA 0.8", markets={"JP": "PMDA", "CA": "Health Canada"},
                single_use=20, modular=1, bsl=1, lanes=("EUROPE", "N_AMERICA", "E_ASIA"), facts={"REG6": {"number": 7}},
            ),
            Plant(
                name="Singapore large scale", city="Singapore", country="SG", lat=1.30, lon=103.64, timezone="Asia/Singapore", opened=2011,
                can=antibody(1000, 12000, clinical=3, late=4, market=3, lead=34, yearly=(1100, "kg/y", 60)),
                inspections="NAI 4.6, NAI 1.9", certificates="EU 2.2, UK 2.2", licences="NATIONAL_LICENCE 1.2", markets={"JP": "PMDA", "EU": "EMA"},
                single_use=25, modular=2, bsl=1, lanes=("S_ASIA", "E_ASIA"),
            ),
        ),
    ),
    Maker(
        name="Dunmarrow Biologics",
        legal_name="Dunmarrow Biologics Inc.",
        story="Large American plant under an official action since last spring; management changed, the answer is pending.",
        hq="US", founded=1994, employees=1900, known="documented", price=0.84,
        shares={"MAB": 58, "MICROBIAL": 22},
        marks=Marks(platform=4, service=4, scale_up=4, quality=2, digital=3, flexible=2, resilience=3, governance=3, green=2, finance=3),
        ownership=OwnershipType.PE, owner="US", attested="sites capabilities", contact="Lorne Achterberg",
        sites=(
            Plant(
                name="Frederick drug substance", city="Frederick", country="US", lat=39.41, lon=-77.41, timezone="America/New_York", opened=1998,
                can=antibody(500, 12500, clinical=8, late=6, market=4, lead=18, yearly=(1000, "kg/y", 35)),
                inspections="NAI 8.1, VAI 6.0, VAI 3.3, OAI 0.6", actions=("FORM_483 0.62", "RECALL 1.3 Class II"), certificates="EU 2.4, UK 2.4",
                markets={"JP": "PMDA"}, single_use=30, modular=1, bsl=1, lanes=("N_AMERICA", "EUROPE"),
            ),
        ),
    ),
    Maker(
        name="Saebyeokdo Biologics",
        legal_name="Saebyeokdo Biologics Co., Ltd.",
        story="The largest tanks and the lowest price; answers little about governance and nothing about its cost build-up.",
        hq="KR", founded=2010, employees=3400, known="documented", price=0.71, integration=Integration.CMO,
        shares={"MAB": 83},
        marks=Marks(platform=4, service=3, scale_up=5, quality=4, digital=5, flexible=3, resilience=4, governance=2, green=3, finance=5),
        ownership=OwnershipType.PUBLIC, owner="KR", attested="sites capabilities services", certificates="ISO_27001 0.2", contact="Yun Do-hyeon",
        facts={"QUA6": REFUSED},
        sites=(
            Plant(
                name="Plant one", city="Incheon", country="KR", lat=37.38, lon=126.66, timezone="Asia/Seoul", opened=2013,
                can=(*vector(100, 2000, serotypes=("AAV2", "AAV5", "AAV8", "AAV9"), plasmids="PARTNER", fill=8000, clinical=2, lead=18),
                     *messenger((5, 500), (5, 200), fill=80000, clinical=3, late=1, lead=16),
                     *antibody(1000, 20000, clinical=2, late=7, market=5, lead=22, yearly=(3000, "kg/y", 70))),
                inspections="NAI 5.9, NAI 3.0, VAI 1.2", certificates="EU 1.0, UK 1.7", licences="NATIONAL_LICENCE 1.0", markets={"JP": "PMDA", "EU": "EMA"},
                single_use=15, modular=2, bsl=2, storage=("AMBIENT", "C2_8", "M80"), lanes=("E_ASIA", "N_AMERICA", "EUROPE"),
            ),
        ),
    ),
    Maker(
        name="Caldermoor Proteins",
        legal_name="Caldermoor Proteins Ltd",
        story="Solid middle house and incumbent of one programme; its largest train is too small for a launch.",
        hq="GB", founded=2004, employees=640, known="audited", price=0.93,
        shares={"MAB": 41, "ADVANCED_MAB": 24, "RECOMB_PROTEIN": 28},
        marks=Marks(platform=3, service=4, scale_up=3, quality=4, digital=3, flexible=4, resilience=3, governance=5, green=3, finance=3),
        owner="GB", attested="sites capabilities services", contact="Bryony Atherstone",
        sites=(
            Plant(
                name="Stockton-on-Tees", city="Stockton-on-Tees", country="GB", lat=54.57, lon=-1.32, timezone="Europe/London", opened=2006,
                can=(*injectables(60_000, yearly=12e6, sold=30, clinical=4, late=2, market=1, lead=20),
                     *vector(20, 200, serotypes=("AAV9",), plasmids="SPONSOR", fill=1500, clinical=3, lead=26),
                     *antibody(50, 5000, fill=8000, early=True, clinical=14, late=5, market=2, lead=24, yearly=(260, "kg/y", 50)),
                     *antibody(50, 2000, modality="ADVANCED_MAB", fill=4000, early=True, clinical=6, lead=22)),
                inspections="NAI 6.6, NAI 3.7, NAI 1.4", certificates="UK 1.0, EU 1.5", licences="MIA 1.0, MIA_IMP 1.0", markets={"JP": "PMDA"},
                single_use=70, modular=3, bsl=1, lanes=("EUROPE", "N_AMERICA"),
            ),
        ),
    ),
    Maker(
        name="Wuyanhe Protein Industries",
        legal_name="Wuyanhe Protein Industries",
        story="Broad and quick; an invented affiliate of it matches a list, so counsel has to look before anybody signs.",
        hq="CN", founded=2007, employees=4200, known="claimed", price=0.58,
        shares={"MAB": 50, "ADC": 15, "ADVANCED_MAB": 18},
        marks=Marks(platform=4, service=5, scale_up=4, quality=3, digital=4, flexible=4, resilience=3, governance=3, green=2, finance=4),
        ownership=OwnershipType.PUBLIC, owner="CN", chain_complete=False, attested="capabilities",
        screens={"1260H": "conditional", "OMB_BIOSECURE": "conditional"}, contact="Lin Wanqiu",
        sites=(
            Plant(
                name="Suzhou campus", city="Suzhou", country="CN", lat=31.30, lon=120.58, timezone="Asia/Shanghai", opened=2012,
                can=(*tablets(3_000_000, yearly=1500e6, sold=40, clinical=8, late=4, market=5, lead=9),
                     *cells(days=17, suites=16, products=6, own_vector=(20, 200), clinical=9, late=1, lead=12),
                     *vector(50, 1000, serotypes=("AAV2", "AAV8", "AAV9"), plasmids="IN_HOUSE", fill=5000, clinical=6, lead=14),
                     *messenger((1, 300), (1, 100), fill=40000, clinical=4, lead=12),
                     *injectables(150_000, yearly=40e6, sold=50, clinical=6, late=3, market=2, lead=12),
                     *antibody(50, 16000, fill=30000, early=True, clinical=20, late=6, market=2, lead=12, yearly=(900, "kg/y", 45)),
                     *antibody(50, 2000, modality="ADVANCED_MAB", early=True, fill=10000, clinical=11, late=1, lead=11)),
                inspections="VAI 4.4, NAI 2.0", certificates="EU 2.9, UK 3.4", licences="NATIONAL_LICENCE 1.4", markets={"CN": "NMPA", "JP": "PMDA"},
                single_use=60, modular=4, bsl=2, lanes=("E_ASIA", "N_AMERICA"),
            ),
        ),
    ),
)  # fmt: skip
