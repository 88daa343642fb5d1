"""Countries by name, as files write them: ISO 3166 short names, common names and older or official spellings."""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from vendors.vocabulary import COUNTRY_CODES

_NAMES = """
AD andorra
AE united arab emirates; uae; emirates
AF afghanistan
AG antigua and barbuda
AI anguilla
AL albania
AM armenia
AO angola
AR argentina
AS american samoa
AT austria; osterreich
AU australia
AW aruba
AX aland islands
AZ azerbaijan
BA bosnia and herzegovina
BB barbados
BD bangladesh
BE belgium
BF burkina faso
BG bulgaria
BH bahrain
BI burundi
BJ benin
BL saint barthelemy
BM bermuda
BN brunei darussalam; brunei
BO bolivia; bolivia plurinational state of
BQ bonaire sint eustatius and saba; bonaire
BR brazil
BS bahamas; the bahamas
BT bhutan
BW botswana
BY belarus
BZ belize
CA canada
CC cocos keeling islands; cocos islands
CD congo the democratic republic of the; democratic republic of the congo; congo kinshasa
CF central african republic
CG congo; republic of the congo; congo brazzaville
CH switzerland; schweiz
CI cote d ivoire; ivory coast
CK cook islands
CL chile
CM cameroon
CN china; people s republic of china; p r china; pr china
CO colombia
CR costa rica
CU cuba
CV cabo verde; cape verde
CW curacao
CX christmas island
CY cyprus
CZ czechia; czech republic
DE germany; deutschland
DJ djibouti
DK denmark
DM dominica
DO dominican republic
DZ algeria
EC ecuador
EE estonia
EG egypt
EH western sahara
ER eritrea
ES spain; espana
ET ethiopia
FI finland
FJ fiji
FK falkland islands malvinas; falkland islands
FM micronesia federated states of; micronesia
FO faroe islands
FR france
GA gabon
GB united kingdom; uk; great britain; england; scotland; wales; northern ireland; united kingdom of great britain and northern ireland
GD grenada
GE georgia
GF french guiana
GG guernsey
GH ghana
GI gibraltar
GL greenland
GM gambia; the gambia
GN guinea
GP guadeloupe
GQ equatorial guinea
GR greece
GS south georgia and the south sandwich islands
GT guatemala
GU guam
GW guinea bissau
GY guyana
HK hong kong; hong kong sar
HN honduras
HR croatia
HT haiti
HU hungary
ID indonesia
IE ireland
IL israel
IM isle of man
IN india
IO british indian ocean territory
IQ iraq
IR iran; iran islamic republic of
IS iceland
IT italy; italia
JE jersey
JM jamaica
JO jordan
JP japan
KE kenya
KG kyrgyzstan
KH cambodia
KI kiribati
KM comoros
KN saint kitts and nevis; st kitts and nevis
KP north korea; korea democratic people s republic of; korea north
KR south korea; korea republic of; korea; republic of korea; korea the republic of; korea south
KW kuwait
KY cayman islands
KZ kazakhstan
LA laos; lao people s democratic republic
LB lebanon
LC saint lucia; st lucia
LI liechtenstein
LK sri lanka
LR liberia
LS lesotho
LT lithuania
LU luxembourg
LV latvia
LY libya
MA morocco
MC monaco
MD moldova; moldova republic of
ME montenegro
MF saint martin french part; saint martin
MG madagascar
MH marshall islands
MK north macedonia; macedonia
ML mali
MM myanmar; burma
MN mongolia
MO macao; macau
MP northern mariana islands
MQ martinique
MR mauritania
MS montserrat
MT malta
MU mauritius
MV maldives
MW malawi
MX mexico
MY malaysia
MZ mozambique
NA namibia
NC new caledonia
NE niger
NF norfolk island
NG nigeria
NI nicaragua
NL netherlands; holland; the netherlands
NO norway
NP nepal
NR nauru
NU niue
NZ new zealand
OM oman
PA panama
PE peru
PF french polynesia
PG papua new guinea
PH philippines
PK pakistan
PL poland
PM saint pierre and miquelon
PN pitcairn
PR puerto rico
PS palestine state of; palestine
PT portugal
PW palau
PY paraguay
QA qatar
RE reunion
RO romania
RS serbia
RU russian federation; russia
RW rwanda
SA saudi arabia
SB solomon islands
SC seychelles
SD sudan
SE sweden
SG singapore
SH saint helena ascension and tristan da cunha; saint helena
SI slovenia
SJ svalbard and jan mayen
SK slovakia
SL sierra leone
SM san marino
SN senegal
SO somalia
SR suriname
SS south sudan
ST sao tome and principe
SV el salvador
SX sint maarten dutch part; sint maarten
SY syria; syrian arab republic
SZ eswatini; swaziland
TC turks and caicos islands
TD chad
TG togo
TH thailand
TJ tajikistan
TK tokelau
TL timor leste; east timor
TM turkmenistan
TN tunisia
TO tonga
TR turkiye; turkey
TT trinidad and tobago
TV tuvalu
TW taiwan; taiwan province of china
TZ tanzania; tanzania united republic of
UA ukraine
UG uganda
UM united states minor outlying islands
US united states; united states of america; usa; u s a; u s; america
UY uruguay
UZ uzbekistan
VA holy see vatican city state; vatican; vatican city
VC saint vincent and the grenadines; st vincent and the grenadines
VE venezuela; venezuela bolivarian republic of
VG virgin islands british; british virgin islands
VI virgin islands u s; us virgin islands; u s virgin islands
VN vietnam; viet nam
VU vanuatu
WF wallis and futuna
WS samoa
XK kosovo
YE yemen
YT mayotte
ZA south africa
ZM zambia
ZW zimbabwe
"""
"""Code, then the names, without accents and punctuation."""

_BY_NAME: Mapping[str, str] = MappingProxyType(
    {name.strip(): line[:2] for line in _NAMES.strip().splitlines() for name in line[3:].split(";")}
)


def country_code(text: str) -> str | None:
    """The ISO 3166 two-letter code of a country given by code or by name; None when it is not known."""
    code = text.strip().upper()
    if code in COUNTRY_CODES:
        return code
    return _BY_NAME.get(_plain(text))


def _plain(text: str) -> str:
    """Lower case, without accents and punctuation."""
    letters = unicodedata.normalize("NFKD", text.replace("&", " and "))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", bare).split())


_SMALL_WORDS = frozenset({"and", "of", "the", "da"})


def country_name(code: str) -> str:
    """A country's name for a two-letter code ("GB": "United Kingdom"); the code itself when it is not known."""
    name = _NAME_OF.get(code)
    if name is None:
        return code
    return " ".join(word if word in _SMALL_WORDS else word.capitalize() for word in name.split())


_NAME_OF: Mapping[str, str] = MappingProxyType(
    {line[:2]: line[3:].split(";")[0].strip() for line in _NAMES.strip().splitlines()}
)
