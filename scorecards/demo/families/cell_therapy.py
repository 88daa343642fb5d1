"""Autologous cell therapy: fast hands, few patients, many kinds of trouble."""

from scorecards.demo.lines import cells, vector
from scorecards.demo.spec import REFUSED, Maker, Marks, Plant
from vendors.vocabulary import Focus, Integration, OwnershipType

CELL_THERAPY: tuple[Maker, ...] = (
    Maker(
        name="Veldhaven Cellworks",
        legal_name="Veldhaven Cellworks B.V.",
        story="Autologous specialist with its own lentiviral suite; twelve days from vein to release, audited last year.",
        hq="NL", founded=2014, employees=420, known="audited", price=1.08,
        focus=Focus.NICHE, niches=("CAR_T_AUTO", "CELL_AUTO", "LENTI_RETRO"), shares={"CAR_T_AUTO": 68, "CELL_AUTO": 14},
        marks=Marks(platform=4, service=3, scale_up=4, quality=4, digital=4, flexible=5, resilience=3, governance=4, green=3, finance=4),
        owner="NL", attested="sites capabilities services", certificates="ISO_27001 0.6", contact="Marit de Voogd",
        sites=(
            Plant(
                name="Leiden suites", city="Leiden", country="NL", lat=52.16, lon=4.49, timezone="Europe/Amsterdam", opened=2016,
                can=(*vector(10, 200, serotypes=("AAV5", "AAV9"), plasmids="PARTNER", clinical=3, lead=30),
                     *cells(days=12, suites=14, products=6, own_vector=(10, 200), clinical=11, late=3, market=1, lead=16),
                     *cells(days=14, suites=6, products=3, modality="CELL_AUTO", clinical=5, lead=18)),
                inspections="NAI 2.2", certificates="EU 0.9", licences="MIA_IMP 0.9", markets={"JP": "PMDA"},
                single_use=100, modular=4, bsl=2, storage=("C2_8", "M80", "LN2"), lanes=("EUROPE", "N_AMERICA"),
                facts={"QUA3": {"successes": 318, "attempts": 326}},
            ),
            Plant(
                name="Durham annex", city="Durham", country="US", lat=35.99, lon=-78.90, timezone="America/New_York", opened=2021,
                can=cells(days=15, suites=6, products=3, clinical=4, lead=24), inspections="VAI 1.1",
                single_use=100, modular=3, bsl=2, storage=("C2_8", "LN2"), lanes=("N_AMERICA",),
            ),
        ),
    ),
    Maker(
        name="Pellmarrow Cell Services",
        legal_name="Pellmarrow Cell Services Inc.",
        story="Very fast by its own account; nobody has audited it yet, and it refused to show batch success.",
        hq="US", founded=2019, employees=130, known="claimed", price=0.86, integration=Integration.CDMO,
        focus=Focus.NICHE, niches=("CAR_T_AUTO",), shares={"CAR_T_AUTO": 90},
        marks=Marks(platform=4, service=3, scale_up=4, quality=4, digital=5, flexible=5, resilience=2, governance=4, green=1, finance=2),
        ownership=OwnershipType.PE, owner="US", chain_complete=None, contact="Dale Ostrander", cda="requested",
        sites=(
            Plant(
                name="Austin cell centre", city="Austin", country="US", lat=30.27, lon=-97.74, timezone="America/Chicago", opened=2020,
                can=cells(days=10, suites=10, products=4, own_vector=(5, 50), clinical=8, lead=10),
                single_use=100, modular=4, bsl=2, storage=("C2_8", "LN2"), lanes=("N_AMERICA",), facts={"QUA3": REFUSED},
            ),
        ),
    ),
    Maker(
        name="Kitsunegawa Cell Foundry",
        legal_name="Kitsunegawa Cell Foundry K.K.",
        story="Careful Japanese house with few but excellent batches; not yet licensed for Europe.",
        hq="JP", founded=2012, employees=260, known="documented", price=1.22,
        focus=Focus.NICHE, niches=("CELL_AUTO", "CAR_T_AUTO", "CELL_ALLO_IPSC"), shares={"CAR_T_AUTO": 31, "CELL_ALLO_IPSC": 44},
        marks=Marks(platform=4, service=2, scale_up=3, quality=5, digital=3, flexible=4, resilience=4, governance=3, green=4, finance=5),
        ownership=OwnershipType.PUBLIC, owner="JP", attested="sites capabilities", contact="Haruka Minase",
        sites=(
            Plant(
                name="Kobe cell building", city="Kobe", country="JP", lat=34.69, lon=135.20, timezone="Asia/Tokyo", opened=2015,
                can=(*vector(20, 200, serotypes=("AAV2", "AAV9"), plasmids="PARTNER", clinical=4, lead=28),
                     *cells(days=18, suites=8, products=4, clinical=6, late=1, lead=22),
                     *cells(days=21, suites=4, products=2, modality="CELL_ALLO_IPSC", clinical=7, lead=26)),
                inspections="NAI 3.4", licences="NATIONAL_LICENCE 1.6", markets={"JP": "PMDA"},
                single_use=90, modular=3, bsl=2, storage=("C2_8", "M80", "LN2"), lanes=("E_ASIA",),
            ),
        ),
    ),
    Maker(
        name="Brightloom Autologous",
        legal_name="Brightloom Autologous LLC",
        story="Large suites, old process: thirty-six days from vein to release, more than most programmes allow.",
        hq="US", founded=2010, employees=350, known="documented", price=0.78,
        marks=Marks(platform=3, service=4, scale_up=3, quality=3, digital=2, flexible=2, resilience=3, governance=3, green=2, finance=3),
        focus=Focus.NICHE, niches=("CELL_AUTO", "CAR_T_AUTO"), shares={"CAR_T_AUTO": 40, "CELL_AUTO": 50},
        owner="US", attested="capabilities", contact="Renée Kowalczuk",
        sites=(
            Plant(
                name="Columbus campus", city="Columbus", country="US", lat=39.96, lon=-83.00, timezone="America/New_York", opened=2011,
                can=cells(days=36, suites=24, products=5, clinical=14, late=4, market=1, lead=14),
                inspections="VAI 5.1, VAI 2.6, NAI 0.8", single_use=70, modular=1, bsl=2, storage=("C2_8", "LN2"), lanes=("N_AMERICA", "EUROPE"),
            ),
        ),
    ),
    Maker(
        name="Tarrowmere Cell & Gene",
        legal_name="Tarrowmere Cell & Gene Ltd",
        story="British cell and vector house; what is known of it is old, the last audit was before the new building.",
        hq="GB", founded=2011, employees=300, known="old", price=0.97,
        focus=Focus.NICHE, niches=("CAR_T_AUTO", "LENTI_RETRO", "AAV"), shares={"CAR_T_AUTO": 35, "LENTI_RETRO": 40},
        marks=Marks(platform=4, service=3, scale_up=3, quality=4, digital=3, flexible=4, resilience=3, governance=4, green=3, finance=3),
        owner="GB", contact="Owain Prydderch",
        sites=(
            Plant(
                name="Stevenage", city="Stevenage", country="GB", lat=51.90, lon=-0.20, timezone="Europe/London", opened=2013,
                can=(*cells(days=16, suites=9, products=4, own_vector=(20, 200), clinical=9, late=2, lead=30),
                     *vector(20, 200, serotypes=("AAV2", "AAV8"), plasmids="PARTNER", clinical=3, lead=34)),
                inspections="NAI 6.4", certificates="UK 2.8", licences="MIA_IMP 2.8", single_use=80, modular=2, bsl=2,
                storage=("C2_8", "M80", "LN2"), lanes=("EUROPE",),
            ),
        ),
    ),
)  # fmt: skip
