"""Houses that nobody thinks of first: they make the fields wide enough to compare."""

from scorecards.demo.lines import antibody, cells, injectables, messenger, tablets
from scorecards.demo.spec import Maker, Marks, Plant
from vendors.vocabulary import Integration, OwnershipType

SECOND_LINE: tuple[Maker, ...] = (
    Maker(
        name="Vasterhult Biologics",
        legal_name="Vasterhult Biologics AB",
        story="Swedish proteins and vials from one valley; green power, long winters, fair answers.",
        hq="SE", founded=2003, employees=720, known="documented", price=1.06,
        shares={"MAB": 48, "ADVANCED_MAB": 14, "PEPTIDE": 26},
        marks=Marks(platform=3, service=4, scale_up=4, quality=4, digital=3, flexible=3, resilience=3, governance=4, green=5, finance=4),
        owner="SE", attested="sites capabilities services", certificates="ISO_14001 0.6", contact="Torvald Ekenäs",
        sites=(
            Plant(
                name="Sundsvall", city="Sundsvall", country="SE", lat=62.39, lon=17.31, timezone="Europe/Stockholm", opened=2006,
                can=(*antibody(200, 12000, early=True, clinical=9, late=4, market=2, lead=30, yearly=(650, "kg/y", 45)),
                     *antibody(50, 1000, modality="ADVANCED_MAB", early=True, fill=4000, clinical=4, lead=26),
                     *injectables(120_000, yearly=30e6, sold=40, clinical=5, late=3, market=2, lead=28)),
                inspections="NAI 5.3, VAI 2.4", certificates="EU 0.7, UK 1.2", licences="MIA 0.7", markets={"JP": "PMDA"},
                single_use=45, modular=2, bsl=1, oeb=3, lanes=("EUROPE", "N_AMERICA"),
            ),
        ),
    ),
    Maker(
        name="Chikaramizu Biologics",
        legal_name="Chikaramizu Biologics K.K.",
        story="Japanese precision at large scale; slow to answer, exact when it does.",
        hq="JP", founded=1997, employees=1300, known="documented", price=1.2,
        shares={"MAB": 57, "PEPTIDE": 22, "ADVANCED_MAB": 9},
        marks=Marks(platform=4, service=2, scale_up=4, quality=5, digital=3, flexible=2, resilience=4, governance=2, green=4, finance=5),
        ownership=OwnershipType.PUBLIC, owner="JP", attested="sites capabilities", certificates="ISO_27001 0.9", contact="Tomoko Harigane",
        sites=(
            Plant(
                name="Toyama", city="Toyama", country="JP", lat=36.70, lon=137.21, timezone="Asia/Tokyo", opened=2001,
                can=(*cells(days=19, suites=5, products=2, clinical=3, late=1, lead=30),
                     *messenger((1, 80), (1, 40), clinical=3, lead=32),
                     *antibody(500, 12500, clinical=5, late=5, market=4, lead=42, yearly=(800, "kg/y", 65)),
                     *antibody(50, 1000, modality="ADVANCED_MAB", early=True, fill=3000, clinical=3, lead=36),
                     *injectables(140_000, yearly=32e6, sold=60, syringes=True, clinical=3, late=3, market=4, lead=36)),
                inspections="NAI 6.1, NAI 2.6", certificates="EU 1.5, UK 2.2", licences="NATIONAL_LICENCE 0.8", markets={"JP": "PMDA"},
                single_use=20, modular=1, bsl=2, oeb=4, storage=("AMBIENT", "C2_8", "M80", "LN2"), lanes=("E_ASIA", "N_AMERICA"),
            ),
        ),
    ),
    Maker(
        name="Iguatemara Biologics",
        legal_name="Iguatemara Biologics S.A.",
        story="Brazilian antibodies for public tenders; wants its first American client and prices accordingly.",
        hq="BR", founded=2009, employees=900, known="claimed", price=0.62,
        shares={"MAB": 70, "PEPTIDE": 18},
        marks=Marks(platform=3, service=3, scale_up=3, quality=3, digital=2, flexible=3, resilience=3, governance=4, green=4, finance=3),
        ownership=OwnershipType.STATE, owner="BR", attested="sites capabilities", contact="Iara Tupinambá",
        sites=(
            Plant(
                name="Curitiba", city="Curitiba", country="BR", lat=-25.43, lon=-49.27, timezone="America/Sao_Paulo", opened=2012,
                can=(*antibody(200, 12000, fill=12000, clinical=4, late=3, market=3, lead=16, yearly=(500, "kg/y", 40)),
                     *antibody(50, 500, modality="ADVANCED_MAB", early=True, clinical=2, lead=14),
                     *injectables(110_000, yearly=25e6, sold=35, clinical=2, late=2, market=4, lead=14)),
                inspections="VAI 2.2", certificates="EU 2.5, UK 3.2", licences="NATIONAL_LICENCE 1.0", markets={"BR": "ANVISA", "JP": "PMDA"},
                single_use=40, modular=2, bsl=1, oeb=3, lanes=("LATAM", "N_AMERICA"),
            ),
        ),
    ),
    Maker(
        name="Brzozanka Formulations",
        legal_name="Brzozanka Formulations Sp. z o.o.",
        story="Polish tablets with a strong development desk; two of its three granulators are new.",
        hq="PL", founded=2005, employees=360, known="documented", price=0.8,
        shares={"SMALL_MOLECULE": 95},
        marks=Marks(platform=4, service=4, scale_up=3, quality=4, digital=3, flexible=4, resilience=3, governance=5, green=3, finance=3),
        owner="PL", attested="sites capabilities services", contact="Bogumiła Zawistowska",
        sites=(
            Plant(
                name="Bydgoszcz", city="Bydgoszcz", country="PL", lat=53.12, lon=18.01, timezone="Europe/Warsaw", opened=2007,
                can=tablets(2_400_000, yearly=800e6, sold=50, clinical=10, late=5, market=5, lead=14),
                inspections="NAI 3.0", certificates="EU 1.1", licences="MIA 1.1", markets={"BR": "ANVISA"}, modular=3, oeb=4,
                storage=("AMBIENT", "C2_8"), lanes=("EUROPE", "LATAM"),
            ),
        ),
    ),
    Maker(
        name="Sivagirimalai Dosage Sciences",
        legal_name="Sivagirimalai Dosage Sciences Pvt Ltd",
        story="Young Indian house that publishes its audit findings; sterile line and tablet line side by side.",
        hq="IN", founded=2011, employees=980, known="documented", price=0.61,
        shares={"SMALL_MOLECULE": 62, "PEPTIDE": 30},
        marks=Marks(platform=3, service=3, scale_up=4, quality=4, digital=4, flexible=3, resilience=3, governance=4, green=3, finance=3),
        owner="IN", attested="sites capabilities services", certificates="ISO_14001 1.2", contact="Meenakshi Sundaram",
        sites=(
            Plant(
                name="Coimbatore", city="Coimbatore", country="IN", lat=11.02, lon=76.96, timezone="Asia/Kolkata", opened=2013,
                can=(*tablets(5_000_000, yearly=3000e6, sold=50, clinical=5, late=6, market=9, lead=10),
                     *injectables(180_000, yearly=50e6, sold=45, clinical=3, late=4, market=3, lead=12)),
                inspections="NAI 4.2, NAI 1.8", certificates="EU 1.3", licences="NATIONAL_LICENCE 1.1", markets={"IN": "CDSCO", "BR": "ANVISA"},
                single_use=35, modular=2, oeb=4, storage=("AMBIENT", "C2_8"), lanes=("S_ASIA", "EUROPE", "N_AMERICA"),
            ),
        ),
    ),
    Maker(
        name="Montrivelle Dose",
        legal_name="Montrivelle Dose Inc.",
        story="Québec house between two markets; good people, tired buildings.",
        hq="CA", founded=1984, employees=430, known="documented", price=0.94,
        shares={"SMALL_MOLECULE": 89},
        marks=Marks(platform=3, service=3, scale_up=3, quality=3, digital=2, flexible=2, resilience=3, governance=4, green=4, finance=3),
        owner="CA", attested="sites capabilities", contact="Étienne Lachapelle",
        sites=(
            Plant(
                name="Trois-Rivières", city="Trois-Rivières", country="CA", lat=46.34, lon=-72.54, timezone="America/Toronto", opened=1987,
                can=tablets(2_000_000, yearly=600e6, sold=60, clinical=7, late=4, market=9, lead=15),
                inspections="VAI 6.4, VAI 3.4, VAI 1.0", certificates="EU 2.3", licences="NATIONAL_LICENCE 1.3", markets={"CA": "Health Canada"},
                modular=1, oeb=4, storage=("AMBIENT",), lanes=("N_AMERICA",),
            ),
        ),
    ),
    Maker(
        name="Yilanshui Pharma Works",
        legal_name="Yilanshui Pharma Works Co., Ltd.",
        story="Taiwanese tablets for three continents; everything claimed, a visit is planned.",
        hq="TW", founded=1999, employees=640, known="claimed", price=0.7, integration=Integration.CMO,
        shares={"SMALL_MOLECULE": 91},
        marks=Marks(platform=3, service=3, scale_up=4, quality=4, digital=4, flexible=3, resilience=4, governance=3, green=2, finance=4),
        ownership=OwnershipType.PUBLIC, owner="TW", attested="capabilities", contact="Chou Pei-shan", cda="requested",
        sites=(
            Plant(
                name="Yilan", city="Yilan", country="TW", lat=24.76, lon=121.75, timezone="Asia/Taipei", opened=2002,
                can=tablets(4_500_000, yearly=1800e6, sold=55, clinical=4, late=4, market=12, lead=12),
                inspections="NAI 3.6", licences="NATIONAL_LICENCE 0.9", markets={"JP": "PMDA", "EU": "EMA"}, modular=2, oeb=4,
                storage=("AMBIENT", "C2_8"), lanes=("E_ASIA", "N_AMERICA"),
            ),
        ),
    ),
)  # fmt: skip
