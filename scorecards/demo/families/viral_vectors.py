"""Viral vectors: adeno-associated virus above all, lentivirus beside it."""

from scorecards.demo.lines import cells, line, messenger, vector
from scorecards.demo.spec import Disputed, Maker, Marks, Plant
from vendors.vocabulary import Focus, OwnershipType

VIRAL_VECTORS: tuple[Maker, ...] = (
    Maker(
        name="Capsidora Vectorworks",
        legal_name="Capsidora Vectorworks Inc.",
        story="The vector house others measure themselves against: own plasmids, every common serotype, long queue.",
        hq="US", founded=2008, employees=780, known="audited", price=1.24,
        focus=Focus.NICHE, niches=("AAV", "LENTI_RETRO", "PLASMID"), shares={"AAV": 61, "LENTI_RETRO": 18},
        marks=Marks(platform=5, service=3, scale_up=4, quality=4, digital=4, flexible=4, resilience=3, governance=3, green=2, finance=4),
        ownership=OwnershipType.PUBLIC, owner="US", attested="sites capabilities services", certificates="SOC2_T2 0.4", contact="Imani Okwuosa",
        sites=(
            Plant(
                name="Worcester vector plant", city="Worcester", country="US", lat=42.26, lon=-71.80, timezone="America/New_York", opened=2012,
                can=(*cells(days=19, suites=5, products=2, own_vector=(25, 500), clinical=3, lead=38),
                     *vector(50, 1000, serotypes=("AAV2", "AAV5", "AAV8", "AAV9"), plasmids="IN_HOUSE", fill=4000, clinical=16, late=4, market=2, lead=44),
                     *vector(25, 500, modality="LENTI_RETRO", serotypes=(), plasmids="IN_HOUSE", clinical=9, late=2, lead=40)),
                inspections="NAI 5.0, NAI 2.1", certificates="EU 1.2", licences="", markets={"JP": "PMDA"},
                single_use=95, modular=4, bsl=2, storage=("C2_8", "M20", "M80"), lanes=("N_AMERICA", "EUROPE"),
                facts={"SCL4": {"months": 9}},
            ),
        ),
    ),
    Maker(
        name="Lindquarry Vectors",
        legal_name="Lindquarry Vectors AB",
        story="Young Swedish house, quick and cheap, everything by its own account; claims level 5 where an audit saw level 2.",
        hq="SE", founded=2018, employees=110, known="claimed", price=0.82,
        focus=Focus.NICHE, niches=("AAV", "LENTI_RETRO"), shares={"AAV": 75},
        marks=Marks(platform=4, service=3, scale_up=3, quality=3, digital=4, flexible=5, resilience=2, governance=4, green=4, finance=2),
        owner="SE", contact="Alva Sjöstrand", cda="signed",
        sites=(
            Plant(
                name="Uppsala", city="Uppsala", country="SE", lat=59.86, lon=17.64, timezone="Europe/Stockholm", opened=2019,
                can=vector(10, 250, serotypes=("AAV5", "AAV9"), plasmids="PARTNER", fill=1500, clinical=6, lead=16),
                certificates="EU 1.8", licences="MIA_IMP 1.8", single_use=100, modular=4, bsl=2, storage=("C2_8", "M80"), lanes=("EUROPE",),
                facts={
                    "QUA1": Disputed({"level": 5}, {"level": 2}),
                    "MOD3": Disputed({"flags": {"viral_vector": 1, "aseptic": 1, "analytics": 1, "gmp": 1}},
                                     {"flags": {"cell_culture": 1, "viral_vector": 1, "aseptic": 0, "analytics": 0.5, "gmp": 1}}),
                },
            ),
        ),
    ),
    Maker(
        name="Ombrevale Gene Manufacturing",
        legal_name="Ombrevale Gene Manufacturing SAS",
        story="French vector plant with a commercial licence; documents reviewed, no audit, a middle course in everything.",
        hq="FR", founded=2009, employees=340, known="documented", price=1.0,
        focus=Focus.NICHE, niches=("AAV", "ADENO_ONCOLYTIC"), shares={"AAV": 44, "ADENO_ONCOLYTIC": 36},
        marks=Marks(platform=3, service=4, scale_up=3, quality=4, digital=2, flexible=3, resilience=3, governance=4, green=4, finance=3),
        owner="FR", attested="sites capabilities", contact="Solenn Kerguélen",
        sites=(
            Plant(
                name="Nantes", city="Nantes", country="FR", lat=47.22, lon=-1.55, timezone="Europe/Paris", opened=2012,
                can=(*cells(days=21, suites=6, products=3, clinical=4, lead=26),
                     *vector(50, 500, serotypes=("AAV8", "AAV9"), plasmids="PARTNER", fill=3000, clinical=8, late=2, market=1, lead=30),
                     *vector(20, 200, modality="ADENO_ONCOLYTIC", serotypes=(), plasmids="PARTNER", clinical=6, lead=28)),
                inspections="VAI 2.9", certificates="EU 0.7", licences="MIA_IMP 0.7", single_use=75, modular=2, bsl=3,
                storage=("C2_8", "M20", "M80"), lanes=("EUROPE", "N_AMERICA"),
            ),
        ),
    ),
    Maker(
        name="Zephyrine Viral Systems",
        legal_name="Zephyrine Viral Systems Corp.",
        story="Good science for serotypes 2 and 5; the serotype most programmes ask for is not offered.",
        hq="US", founded=2015, employees=150, known="documented", price=0.9,
        focus=Focus.NICHE, niches=("AAV",), shares={"AAV": 88},
        marks=Marks(platform=3, service=2, scale_up=3, quality=3, digital=3, flexible=4, resilience=2, governance=3, green=1, finance=2),
        owner="US", attested="capabilities", control_changed=0.5, contact="Porfirio Llanes",
        sites=(
            Plant(
                name="Gainesville", city="Gainesville", country="US", lat=29.65, lon=-82.32, timezone="America/New_York", opened=2016,
                can=vector(10, 200, serotypes=("AAV2", "AAV5"), plasmids="SPONSOR", clinical=7, lead=18),
                inspections="VAI 1.7", single_use=100, modular=3, bsl=2, storage=("C2_8", "M80"), lanes=("N_AMERICA",),
            ),
        ),
    ),
    Maker(
        name="Plasmigrove Nucleics",
        legal_name="Plasmigrove Nucleics Pty Ltd",
        story="Plasmids for others; wants to become a vector house and has built, but not yet qualified, its first suite.",
        hq="AU", founded=2017, employees=85, known="sparse", price=0.7,
        focus=Focus.NICHE, niches=("PLASMID", "AAV"), shares={"PLASMID": 95},
        marks=Marks(platform=2, service=2, scale_up=2, quality=3, digital=2, flexible=4, resilience=2, governance=3, green=3, finance=2),
        owner="AU", attested="capabilities", contact="Jarrah Whitcombe", cda="none",
        sites=(
            Plant(
                name="Geelong", city="Geelong", country="AU", lat=-38.15, lon=144.36, timezone="Australia/Melbourne", opened=2018,
                can=(*messenger((0.5, 10), (0.5, 5), clinical=2, lead=10),
                     *line("PLASMID", {"UPSTREAM": (10, 300, "L"), "DOWNSTREAM": (10, 300, "L"), "TEST_RELEASE": None}, clinical=12, lead=8),
                     *vector(2, 50, serotypes=("AAV9",), plasmids="IN_HOUSE", clinical=1, lead=12, gmp=False)),
                licences="NATIONAL_LICENCE 1.1", markets={"AU": "TGA"}, single_use=100, modular=3, bsl=2, storage=("C2_8", "M80"), lanes=("OCEANIA",),
            ),
        ),
    ),
)  # fmt: skip
