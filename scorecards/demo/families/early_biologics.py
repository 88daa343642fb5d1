"""From a sequence to the first patient: cell lines, bispecifics, small bioreactors."""

from scorecards.demo.lines import antibody, cells, messenger
from scorecards.demo.spec import Maker, Marks, Plant
from vendors.vocabulary import Focus, Integration

EARLY_BIOLOGICS: tuple[Maker, ...] = (
    Maker(
        name="Sunderwick Early Bio",
        legal_name="Sunderwick Early Bio Inc.",
        story="Thirteen months from a sequence to drug product, and the same four people throughout; nothing beyond phase 2.",
        hq="US", founded=2016, employees=180, known="audited", price=0.9,
        focus=Focus.NICHE, niches=("MAB", "ADVANCED_MAB"), shares={"ADVANCED_MAB": 52, "MAB": 40},
        marks=Marks(platform=4, service=4, scale_up=4, quality=4, digital=3, flexible=5, resilience=3, governance=5, green=2, finance=3),
        owner="US", attested="sites capabilities services", certificates="SOC2_T2 0.7", contact="Ottilie Brandvold",
        sites=(
            Plant(
                name="Madison early centre", city="Madison", country="US", lat=43.07, lon=-89.40, timezone="America/Chicago", opened=2017,
                can=(*antibody(10, 1000, modality="ADVANCED_MAB", early=True, fill=5000, clinical=15, lead=14, changeover=3),
                     *antibody(10, 1000, early=True, fill=5000, clinical=12, lead=14, changeover=3)),
                inspections="NAI 1.5", single_use=100, modular=4, bsl=1, lanes=("N_AMERICA",),
            ),
        ),
    ),
    Maker(
        name="Bregenthal Bispecifics",
        legal_name="Bregenthal Bispecifics GmbH",
        story="Bispecific formats as a craft; integrated with a small clinical research arm next door.",
        hq="AT", founded=2014, employees=220, known="documented", price=1.12, integration=Integration.CDMO_CRO,
        focus=Focus.NICHE, niches=("ADVANCED_MAB",), shares={"ADVANCED_MAB": 85},
        marks=Marks(platform=5, service=5, scale_up=3, quality=4, digital=3, flexible=4, resilience=2, governance=4, green=4, finance=3),
        owner="AT", attested="sites capabilities", contact="Leopold Feichtner",
        sites=(
            Plant(
                name="Dornbirn", city="Dornbirn", country="AT", lat=47.41, lon=9.74, timezone="Europe/Vienna", opened=2015,
                can=antibody(20, 500, modality="ADVANCED_MAB", early=True, fill=3000, clinical=13, late=1, lead=20, changeover=4),
                inspections="NAI 3.9", certificates="EU 1.3", licences="MIA_IMP 1.3", single_use=95, modular=3, bsl=1, lanes=("EUROPE",),
            ),
        ),
    ),
    Maker(
        name="Yarrabindi Biologics",
        legal_name="Yarrabindi Biologics Pty Ltd",
        story="Australian early house with tax advantages for the first trial; partly answered questionnaire.",
        hq="AU", founded=2013, employees=140, known="claimed", price=0.74,
        shares={"MAB": 55, "RECOMB_PROTEIN": 35},
        marks=Marks(platform=3, service=3, scale_up=3, quality=3, digital=2, flexible=4, resilience=2, governance=4, green=3, finance=3),
        owner="AU", contact="Merindah Callaghan",
        sites=(
            Plant(
                name="Brisbane", city="Brisbane", country="AU", lat=-27.47, lon=153.03, timezone="Australia/Brisbane", opened=2014,
                can=(*cells(days=20, suites=4, products=2, clinical=2, lead=14),
                     *messenger((0.5, 20), (0.5, 20), clinical=2, lead=14),
                     *antibody(10, 2000, early=True, fill=4000, clinical=10, lead=12, changeover=5),
                     *antibody(10, 500, modality="ADVANCED_MAB", early=True, clinical=3, lead=12)),
                licences="NATIONAL_LICENCE 1.5", markets={"AU": "TGA"}, single_use=90, modular=3, bsl=1, lanes=("OCEANIA", "N_AMERICA"),
            ),
        ),
    ),
    Maker(
        name="Fjordmynte Bioprocess",
        legal_name="Fjordmynte Bioprocess ApS",
        story="Two founders and a rented clean room; mostly silent, which is not the same as bad.",
        hq="DK", founded=2022, employees=28, known="silent", price=0.6,
        marks=Marks(platform=3, service=2, scale_up=2, quality=3, digital=3, flexible=4, resilience=1, governance=3, green=3, finance=1),
        shares={"MAB": 60}, owner="DK", chain_complete=None, contact="", cda="none",
        sites=(
            Plant(
                name="Aarhus", city="Aarhus", country="DK", lat=56.16, lon=10.20, timezone="Europe/Copenhagen", opened=2023,
                can=antibody(5, 200, modality="ADVANCED_MAB", early=True, clinical=1, lead=8, gmp=False),
            ),
        ),
    ),
)  # fmt: skip
