"""Which site an official record is of: by number, else by name and place with a confidence in percent.

Numbers first: FEI (the records of a site's FEI are its own without any match), DUNS, EMA's organisation and location,
the authorisation. A record without any is compared by name and place. A match counts by itself only when nothing speaks
against it: the confidence is at least AUTOMATIC, the country agrees, the city too where both state it, and no other
place is within MARGIN: neither another site of the directory nor another establishment that official records know by
that name. A record that states no country counts by itself only when official records know exactly one establishment of
that name and it is this site's. Everything else from PROPOSED on is a proposal for a person; below it nothing is said.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from vendors.regulatory.names import WEAK_WORDS, FirmName, firm_names, same_city, trigrams

AUTOMATIC = 92
"""Percent from which a match by name may count without a person."""
PROPOSED = 70
"""Percent from which a person is asked."""
MARGIN = 8
"""Percent by which the best site must lead the next one."""
MOST_PROPOSALS = 3
"""Proposals that one record makes at most."""
_WEAK = 0.25
_FORM_DIFFERS = 4
_CITY_DIFFERS = 15
_PLACE_UNSTATED = 2
_OWNER = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Where an establishment is and the numbers it goes by; "" where nothing is known."""

    city: str = ""
    country: str = ""
    fei: str = ""
    duns: str = ""
    ema_org_id: str = ""
    ema_loc_id: str = ""
    mia_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceNames(Identity):
    """A site as matching sees it. `country` is a two-letter code; names are those of its vendor and its own.

    `owners` are names of companies above it: what is said of an owner is never said of the site by itself. "" where
    nothing is known.
    """

    site_id: int
    names: tuple[str, ...]
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought(Identity):
    """A record as matching sees it; "" where the source says nothing."""

    firm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A firm as an official record with an FEI spells it, and where."""

    fei: str
    firm: str
    city: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One site that a record may be of. `method` is a code of MatchMethod; `automatic` counts without a person."""

    site_id: int
    method: str
    confidence: int
    automatic: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    place: PlaceNames
    name: FirmName
    grams: frozenset[str]
    is_owner: bool


@dataclass
class Directory:
    """The sites to match with, indexed by the words of their names; `known` are spellings with an FEI."""

    places: Iterable[PlaceNames]
    known: Iterable[Known] = ()
    _by_word: dict[str, list[_Entry]] = field(default_factory=lambda: defaultdict(list), init=False)
    _by_number: dict[tuple[str, str], list[PlaceNames]] = field(
        default_factory=lambda: defaultdict(list), init=False
    )
    _known: dict[str, list[tuple[Known, FirmName]]] = field(
        default_factory=lambda: defaultdict(list), init=False
    )

    def __post_init__(self) -> None:
        """Build the indexes."""
        for place in self.places:
            for number in ("duns", "ema_org_id", "ema_loc_id", "mia_number"):
                if getattr(place, number):
                    self._by_number[number, getattr(place, number)].append(place)
            names: dict[str, tuple[FirmName, bool]] = {}
            for texts, is_owner in ((place.names, False), (place.owners, True)):
                for name in (one for text in texts for one in firm_names(text)):
                    names.setdefault(name.key, (name, is_owner))
            for name, is_owner in names.values():
                entry = _Entry(place, name, trigrams(name.key), is_owner)
                for word in {word[:4] for word in _strong(name)}:
                    self._by_word[word].append(entry)
        for one in set(self.known):
            for name in firm_names(one.firm):
                for word in set(name.words):
                    self._known[word].append((one, name))

    def find(self, sought: Sought) -> tuple[Finding, ...]:
        """The sites the record may be of, best first: one automatic one, or up to MOST_PROPOSALS to ask about."""
        by_number = self._numbered(sought)
        if by_number:
            return by_number
        return self._named(sought)

    def _numbered(self, sought: Sought) -> tuple[Finding, ...]:
        """By DUNS, EMA's ids and authorisation. Two sites with the number, or numbers at odds, are for a person."""
        for number, method in (
            ("duns", "duns"),
            ("ema_loc_id", "ema"),
            ("ema_org_id", "ema"),
            ("mia_number", "licence"),
        ):
            stated = getattr(sought, number)
            places = self._by_number.get((number, stated), []) if stated else []
            if not places:
                continue
            exact = number in {"duns", "ema_loc_id"}
            found = []
            for place in places:
                at_odds = any(
                    getattr(sought, other) and getattr(place, other)
                    and getattr(sought, other) != getattr(place, other)
                    for other in ("fei", "duns", "ema_loc_id", "ema_org_id")
                )  # fmt: skip
                there = _country_agrees(place, sought) is not False
                city = same_city(place.city, sought.city)
                sure = not at_odds and there and (exact or city is True) and len(places) == 1
                confidence = (
                    100 if exact and sure else 97 if sure else 80 if there and not at_odds else PROPOSED
                )
                found.append(Finding(place.site_id, method, confidence, sure))
            return _best(found)
        return ()

    def _named(self, sought: Sought) -> tuple[Finding, ...]:
        names = firm_names(sought.firm)
        scores: dict[int, tuple[int, _Entry, FirmName]] = {}
        for name in names:
            grams = trigrams(name.key)
            for entry in self._near(name):
                likeness = _likeness(name, grams, entry)
                if likeness < PROPOSED:
                    continue
                points = self._placed(likeness, entry.place, sought)
                best = scores.get(entry.place.site_id)
                if points >= PROPOSED and (best is None or points > best[0]):
                    scores[entry.place.site_id] = (points, entry, name)
        ranked = sorted(scores.values(), key=lambda found: (-found[0], found[1].place.site_id))
        if not ranked:
            return ()
        points, entry, name = ranked[0]
        sure = (
            points >= AUTOMATIC
            and not entry.is_owner
            and (len(ranked) == 1 or points - ranked[1][0] >= MARGIN)
            and self._stands_alone(entry, sought, name)
        )
        found = [Finding(entry.place.site_id, "name", points, automatic=sure)]
        found += [
            Finding(other.place.site_id, "name", score, automatic=False) for score, other, _ in ranked[1:]
        ]
        return _best(found)

    def _near(self, name: FirmName) -> list[_Entry]:
        """The entries that share the beginning of a telling word with the name."""
        found: dict[int, _Entry] = {}
        for word in _strong(name):
            for entry in self._by_word.get(word[:4], ()):
                found[id(entry)] = entry
        return list(found.values())

    @staticmethod
    def _placed(likeness: int, place: PlaceNames, sought: Sought) -> int:
        """The likeness of the names, less what the place takes from it; 0 in another country."""
        country = _country_agrees(place, sought)
        if country is False:
            return 0
        city = same_city(place.city, sought.city)
        taken = _CITY_DIFFERS if city is False else _PLACE_UNSTATED if city is None else 0
        return max(0, likeness - taken - (_PLACE_UNSTATED if country is None else 0))

    def _stands_alone(self, entry: _Entry, sought: Sought, name: FirmName) -> bool:
        """Whether the place leaves no doubt: official records know no other establishment that might be meant there.

        In a city that both state, another one of the same name; else any whose name holds the telling words of this
        one, and the legal form must not differ. Without a country the name must be known for this very establishment.
        """
        place, form = entry.place, entry.name.form
        city = same_city(place.city, sought.city)
        if city is False:
            return False
        if city is None and name.form and form and name.form != form:
            return False
        strong = _strong(name)
        here = False
        for one, other in self._known_with(strong):
            if sought.country and one.country and one.country != sought.country:
                continue
            if same_city(one.city, sought.city) is False:
                continue
            if one.fei == place.fei:
                here |= other.key == name.key
            elif city is None or other.key == name.key:
                return False
        return here or bool(sought.country and place.country)

    def _known_with(self, strong: set[str]) -> list[tuple[Known, FirmName]]:
        """The known spellings that hold all these words."""
        rarest = min((self._known.get(word, []) for word in strong), key=len)
        return [pair for pair in rarest if strong <= set(pair[1].words)]


def _strong(name: FirmName) -> set[str]:
    """The words that tell a firm apart; all of them when none does."""
    strong = {word for word in name.words if word not in WEAK_WORDS and len(word) > 1}
    return strong or set(name.words)


def _country_agrees(place: PlaceNames, sought: Sought) -> bool | None:
    if not place.country or not sought.country:
        return None
    return place.country == sought.country


def _likeness(name: FirmName, grams: frozenset[str], entry: _Entry) -> int:
    """How alike two names are, 0-100: shared words by their weight and shared trigrams, the mean of both."""
    other = entry.name
    form = _FORM_DIFFERS if name.form and other.form and name.form != other.form else 0
    owner = _OWNER if entry.is_owner else 0
    if name.key == other.key:
        return 100 - form - owner
    mine, theirs = set(name.words), set(other.words)
    shared = _weight(mine & theirs)
    words = 2 * shared / (_weight(mine) + _weight(theirs))
    pieces = 2 * len(grams & entry.grams) / (len(grams) + len(entry.grams))
    return min(98, round(50 * (words + pieces))) - form - owner


def _weight(words: set[str]) -> float:
    return sum(_WEAK if word in WEAK_WORDS else 1.0 for word in words)


def _best(found: list[Finding]) -> tuple[Finding, ...]:
    """The automatic one alone, else the first few proposals."""
    for one in found:
        if one.automatic:
            return (one,)
    ranked = sorted(found, key=lambda one: (-one.confidence, one.site_id))
    return tuple(ranked[:MOST_PROPOSALS])


def differences(place: PlaceNames, sought: Sought) -> Mapping[str, bool | None]:
    """What agrees (True), differs (False) or is not stated by both (None), by part: for the person who decides."""
    numbers = {
        number: None
        if not getattr(place, number) or not getattr(sought, number)
        else getattr(place, number) == getattr(sought, number)
        for number in ("fei", "duns", "ema_org_id", "ema_loc_id", "mia_number")
    }
    keys = {name.key for text in place.names for name in firm_names(text)}
    return {
        "firm": any(name.key in keys for name in firm_names(sought.firm)),
        "city": same_city(place.city, sought.city),
        "country": _country_agrees(place, sought),
        **numbers,
    }
